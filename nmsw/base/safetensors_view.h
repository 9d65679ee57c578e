#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nmsw {

/// The element types of the safetensors format that are read and written.
enum class StoredElement { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// A tensor in such a file: its values in order, contiguous, little endian.
struct StoredTensor {
  StoredElement type = StoredElement::f32;
  std::vector<int64_t> shape;
  std::string_view bytes;
};

/// What a file of the safetensors format (https://github.com/huggingface/safetensors) holds: eight
/// bytes of length, a JSON header, the tensors' bytes. It holds no code. The bytes of the tensors
/// stay where they are.
struct SafetensorsView {
  std::map<std::string, std::string> metadata;
  std::map<std::string, StoredTensor> tensors;
  /// Whether the file carried a SHA-256, which was then found right.
  bool verified = false;
};

/// What those bytes hold; they must outlive the result. Header, offsets and shapes are checked
/// against their number, the digest, where there is one, against the content. `name` is for
/// messages. Throws DataError for anything damaged or of another format. Thread-safe.
SafetensorsView view_safetensors(std::string_view bytes, const std::string& name);

/// Gives the file's bytes to `put`, part by part, with a SHA-256 of everything beside the other
/// metadata.
void write_safetensors(const SafetensorsView& content,
                       const std::function<void(std::string_view)>& put);

/// Whether bytes begin as those of the format do.
bool is_safetensors(std::string_view bytes);

}  // namespace nmsw
