#pragma once

#include "nmsw/config/network_config.h"

namespace nmsw {

/// The order of the spatial axes that a script expects: ours, or the one of files (and of networks
/// trained on them without turning them).
enum class ScriptAxes { zyx, xyz };

enum class ScriptWeights { keep, train };

template <>
struct EnumNames<ScriptAxes> {
  static constexpr std::array<std::pair<ScriptAxes, const char*>, 2> values{
      {{ScriptAxes::zyx, "zyx"}, {ScriptAxes::xyz, "xyz"}}};
};
template <>
struct EnumNames<ScriptWeights> {
  static constexpr std::array<std::pair<ScriptWeights, const char*>, 2> values{
      {{ScriptWeights::keep, "keep"}, {ScriptWeights::train, "train"}}};
};

/// A network from a file that torch.jit.save wrote: image [N,1,…] to logits [N,classes,…] on the
/// same grid. A task knows it by its contents (`sha256`), not by its place.
struct TorchScriptConfig {
  static constexpr const char* name = "torchscript";
  static constexpr const char* summary =
      "any network as a TorchScript file (a program: only from somebody you trust)";
  static constexpr const char* source = "torch.jit.save";
  static constexpr NetworkRole role = NetworkRole::local_only;

  std::string file;
  int64_t size_multiple = 1;
  ScriptAxes axes = ScriptAxes::zyx;
  ScriptWeights weights = ScriptWeights::keep;
  std::string sha256;
};

template <class Visitor>
void visit_fields(TorchScriptConfig& config, Visitor& v) {
  v.field("file", config.file, "the file that torch.jit.save wrote");
  v.field("size_multiple", config.size_multiple, positive,
          "every axis of a patch must be a multiple of this");
  v.field("axes", config.axes, "order of the spatial axes that it expects");
  v.field("weights", config.weights, "whether trainings leave its weights as they are in the file");
  v.field("sha256", config.sha256, "SHA-256 of the file; absent: as it is found");
}

/// Looks at the file as far as that goes without LibTorch: is it there, is it a TorchScript
/// archive, has it the expected contents.
std::string fault_of(const TorchScriptConfig& config);

inline int64_t size_multiple(const TorchScriptConfig& config) { return config.size_multiple; }

/// It gives logits only.
inline int64_t feature_channels(const TorchScriptConfig& /*config*/) { return 0; }

BackbonePtr make_network(const TorchScriptConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
