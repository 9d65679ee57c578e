#include "nmsw/training/pickled_dict.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include "nmsw/base/limited_child.h"
#include "nmsw/base/zip_check.h"
#include "nmsw/training/safetensors.h"

namespace nmsw {
namespace {

/// Of a message from the child.
constexpr size_t kPartBytes = size_t{64} << 20;
constexpr int64_t kSpareBytes = int64_t{512} << 20;

std::map<std::string, Tensor> unpickled(const std::string& bytes, const std::string& name) {
  std::map<std::string, Tensor> tensors;
  try {
    const auto dict =
        torch::jit::pickle_load(std::vector<char>(bytes.begin(), bytes.end())).toGenericDict();
    for (const auto& entry : dict) {
      if (!entry.key().isString() || !entry.value().isTensor()) {
        throw DataError("{}: '{}' is no tensor; save a plain dict from names to tensors", name,
                        entry.key().isString() ? entry.key().toStringRef() : "?");
      }
      tensors.emplace(entry.key().toStringRef(), entry.value().toTensor());
    }
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const c10::Error& fault) {
    throw DataError(
        "{}: is damaged or holds no plain dict of tensors ({}); in Python: "
        "torch.save(dict(state_dict), file)",
        name, std::string(fault.what_without_backtrace()).substr(0, 120));
  } catch (const std::exception& fault) {  // what LibTorch's reader lets through
    throw DataError(
        "{}: is damaged or holds no plain dict of tensors ({}); in Python: "
        "torch.save(dict(state_dict), file)",
        name, std::string(fault.what()).substr(0, 120));
  }
  return tensors;
}

}  // namespace

std::map<std::string, Tensor> read_pickled_dict(const std::string& bytes, const std::string& name) {
  if (!is_zip(bytes)) {
    throw DataError(
        "{}: is damaged or holds no plain dict of tensors; in Python: torch.save(dict(state_dict), "
        "file)",
        name);
  }
  const std::string fault = zip_fault(bytes);
  if (!fault.empty()) {
    throw DataError("{}: is damaged ({}); restore it from a copy or make it again", name, fault);
  }
  const auto size = static_cast<int64_t>(bytes.size());
  std::string stored;
  in_limited_child(
      [&](ChildWork& work) {
        constexpr int64_t kBytesPerSecond = 10'000'000, kLeastSeconds = 10;
        work.begin(name, {4 * size + kSpareBytes, kLeastSeconds + size / kBytesPerSecond});
        at::set_num_threads(1);  // OpenMP's threads do not survive the fork
        serialize({{}, unpickled(bytes, name)}, [&](std::string_view part) {
          for (; part.size() > kPartBytes; part.remove_prefix(kPartBytes)) {
            work.send(part.substr(0, kPartBytes));
          }
          work.send(part);
        });
      },
      [&](std::string_view part) {
        if (stored.size() + part.size() > 4 * bytes.size() + kPartBytes) {
          throw DataError("{}: holds more than a file of its size can; it is damaged", name);
        }
        stored += part;
      });
  return parse_safetensors(stored, name).tensors;
}

}  // namespace nmsw
