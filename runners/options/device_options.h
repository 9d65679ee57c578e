#pragma once

#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {

/// --device, and what it computes with: the same words for every verb that runs networks.
inline void add_device_options(VerbParser& parser, const std::string& device,
                               const std::string& device_help = "auto, cpu, cuda or cuda:N") {
  namespace po = boost::program_options;
  parser.options().add_options()("device", po::value<std::string>()->default_value(device),
                                 device_help.c_str())(
      "tf32", po::value<std::string>()->default_value("on"),
      "on or off; on: CUDA convolutions of fp32 multiply in TF32, PyTorch's default")(
      "deterministic", "CUDA: the same bits in every run, slower");
}

/// Into a verb's options. Throws ConfigError for a word that is none of the choices.
template <class Options>
void read_device_options(const VerbParser& parser, Options& options) {
  options.device = parser.get<std::string>("device");
  require_device(options.device);
  const auto tf32 = parser.get<std::string>("tf32");
  require_choice(tf32, "--tf32", {"on", "off"});
  options.arithmetic = {tf32 == "on", parser.has("deterministic")};
}

}  // namespace nmsw::runners
