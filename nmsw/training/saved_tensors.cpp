#include "nmsw/training/saved_tensors.h"

#include <cstring>

#include "nmsw/training/safetensors.h"

namespace nmsw {
namespace {

Tensor tensor_of(const SavedTensor& saved) {
  int64_t end = saved.offset + 1;
  for (size_t axis = 0; axis < saved.shape.size(); ++axis) {
    if (saved.shape[axis] == 0) return torch::empty(saved.shape, tensor_type(saved.type));
    end += (saved.shape[axis] - 1) * saved.strides[axis];
  }
  // A copy first: in a file values need not lie where a processor likes them.
  const Tensor values = torch::empty({end - saved.offset}, tensor_type(saved.type));
  const auto element = static_cast<int64_t>(values.element_size());
  std::memcpy(values.data_ptr(), saved.storage.data() + saved.offset * element,
              static_cast<size_t>(values.numel() * element));
  return values.as_strided(saved.shape, saved.strides).contiguous();
}

}  // namespace

std::map<std::string, Tensor> saved_tensors(const SavedObject& object, const std::string& prefix) {
  std::map<std::string, Tensor> tensors;
  for (auto entry = object.tensors.lower_bound(prefix);
       entry != object.tensors.end() && entry->first.compare(0, prefix.size(), prefix) == 0;
       ++entry) {
    tensors.emplace(entry->first.substr(prefix.size()), tensor_of(entry->second));
  }
  return tensors;
}

}  // namespace nmsw
