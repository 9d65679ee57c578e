#include "nmsw/training/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace nmsw {
namespace {

using Pair = std::pair<StoredElement, torch::ScalarType>;
constexpr std::array<Pair, 10> kTypes{{{StoredElement::f64, torch::kDouble},
                                       {StoredElement::f32, torch::kFloat},
                                       {StoredElement::f16, torch::kHalf},
                                       {StoredElement::bf16, torch::kBFloat16},
                                       {StoredElement::i64, torch::kLong},
                                       {StoredElement::i32, torch::kInt},
                                       {StoredElement::i16, torch::kShort},
                                       {StoredElement::i8, torch::kChar},
                                       {StoredElement::u8, torch::kByte},
                                       {StoredElement::boolean, torch::kBool}}};

StoredElement stored_type(torch::ScalarType type) {
  for (const Pair& known : kTypes) {
    if (known.second == type) return known.first;
  }
  throw ShapeError("safetensors: tensors of {} cannot be stored", c10::toString(type));
}

}  // namespace

torch::ScalarType tensor_type(StoredElement type) {
  return std::find_if(kTypes.begin(), kTypes.end(),
                      [&](const Pair& known) { return known.first == type; })
      ->second;
}

void serialize(const Safetensors& content, const std::function<void(std::string_view)>& put) {
  SafetensorsView stored;
  stored.metadata = content.metadata;
  std::vector<Tensor> values;  // that the views point into
  for (const auto& [name, tensor] : content.tensors) {
    values.push_back(tensor.detach().to(torch::kCPU).contiguous());
    const Tensor& own = values.back();
    stored.tensors.emplace(name,
                           StoredTensor{stored_type(own.scalar_type()),
                                        own.sizes().vec(),
                                        {static_cast<const char*>(own.data_ptr()), own.nbytes()}});
  }
  write_safetensors(stored, put);
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) {
  SafetensorsView stored = view_safetensors(bytes, name);
  Safetensors content;
  content.metadata = std::move(stored.metadata);
  content.verified = stored.verified;
  for (const auto& [tensor_name, view] : stored.tensors) {
    Tensor tensor = torch::empty(view.shape, tensor_type(view.type));
    if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
    content.tensors.emplace(tensor_name, std::move(tensor));
  }
  return content;
}

}  // namespace nmsw
