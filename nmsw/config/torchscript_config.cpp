#include "nmsw/config/torchscript_config.h"

#include <filesystem>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"

namespace nmsw {

namespace {

/// A zip archive with compiled code; a file of torch.save alone has no constants.
bool is_torchscript(const std::string& bytes) {
  return bytes.compare(0, 2, "PK") == 0 && bytes.find("/constants.pkl") != std::string::npos;
}

}  // namespace

std::string fault_of(const TorchScriptConfig& config) {
  if (config.file.empty()) return "the key 'file' is missing; name a TorchScript file";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(config.file, ignored)) {
    return fmt::format("'{}' is not there; name a TorchScript file", config.file);
  }
  const std::string bytes = read_file(config.file);
  if (!is_torchscript(bytes)) {
    return fmt::format("'{}' is no TorchScript file; write one with torch.jit.save", config.file);
  }
  if (!config.sha256.empty() && config.sha256 != sha256_hex(bytes)) {
    return fmt::format(
        "'{}' has other contents than the expected ones (sha256 {}); put that file back, or plan "
        "again",
        config.file, config.sha256);
  }
  return "";
}

}  // namespace nmsw
