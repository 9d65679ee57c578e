// Links: nmsw_base
#include "nmsw/base/safetensors_view.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {
namespace {

std::string bytes_of(const SafetensorsView& content) {
  std::string bytes;
  write_safetensors(content, [&](std::string_view part) { bytes += part; });
  return bytes;
}

std::string written(const std::string& header, const std::string& data) {
  return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + data;
}

}  // namespace

std::vector<std::string> seeds() {
  SafetensorsView content;
  content.metadata = {{"manifest", R"({"a":1})"}};
  content.tensors = {{"w", {StoredElement::f32, {1, 2}, "12345678"}},
                     {"n", {StoredElement::i64, {}, "12345678"}},
                     {"none", {StoredElement::bf16, {0, 3}, ""}}};
  return {bytes_of(content), bytes_of({}),
          written(R"({"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "ab"),
          written(R"({"b":{"dtype":"BOOL","shape":[1],"data_offsets":[1,2]},)"
                  R"("a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}})",
                  "ab")};
}

void try_input(std::string_view bytes) {
  const SafetensorsView content = view_safetensors(bytes, "input");
  size_t total = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const char *begin = tensor.bytes.data(), *end = begin + tensor.bytes.size();
    must_hold(begin >= bytes.data() && end <= bytes.data() + bytes.size(), "in the file");
    total += tensor.bytes.size();
    for (const int64_t size : tensor.shape) must_hold(size >= 0, "a possible shape");
  }
  must_hold(total < bytes.size(), "no byte twice");
  // What was read is written and read again without a change.
  const std::string again = bytes_of(content);
  const SafetensorsView second = view_safetensors(again, "output");
  must_hold(second.verified, "a digest");
  must_hold(bytes_of(second) == again, "the same again");
}

}  // namespace nmsw::fuzz
