#include "runners/options/doctor_options.h"

#include "runners/options/device_options.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"doctor", "doctor [options]",
                     "Shows the machine, versions, devices, threads, BLAS and write access, and "
                     "runs one forward pass.",
                     "nmsw doctor"});
  DoctorOptions options;
  parser.options().add_options()("db", text(kDefaultDatabase), "database whose folder is tried");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  read_device_options(parser, options);
  options.database = parser.get<std::string>("db");
  return options;
}

}  // namespace nmsw::runners
