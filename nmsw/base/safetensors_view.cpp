#include "nmsw/base/safetensors_view.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/json_levels.h"

namespace nmsw {
namespace {

using Json = nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kDigest = "nmsw.sha256";
constexpr size_t kLengthBytes = 8;
/// The format's own limit.
constexpr uint64_t kMostHeaderBytes = 100'000'000;
/// Of arrays and objects within each other; a header has three.
constexpr size_t kMostLevels = 8;
/// The data begin at a multiple of this.
constexpr size_t kAlignment = 64;

struct Type {
  const char* name;
  StoredElement type;
  unsigned bytes;
};
constexpr std::array<Type, 10> kTypes{{{"F64", StoredElement::f64, 8},
                                       {"F32", StoredElement::f32, 4},
                                       {"F16", StoredElement::f16, 2},
                                       {"BF16", StoredElement::bf16, 2},
                                       {"I64", StoredElement::i64, 8},
                                       {"I32", StoredElement::i32, 4},
                                       {"I16", StoredElement::i16, 2},
                                       {"I8", StoredElement::i8, 1},
                                       {"U8", StoredElement::u8, 1},
                                       {"BOOL", StoredElement::boolean, 1}}};

const char* name_of(StoredElement type) {
  return std::find_if(kTypes.begin(), kTypes.end(),
                      [&](const Type& known) { return known.type == type; })
      ->name;
}

/// Over the metadata, and each tensor's name, type, shape and bytes. Lengths keep what follows each
/// other apart.
std::string digest_of(const SafetensorsView& content) {
  Sha256 digest;
  const auto add = [&](std::string_view text) {
    digest.add(std::to_string(text.size()) + ":");
    digest.add(text);
  };
  for (const auto& [name, value] : content.metadata) {
    if (name == kDigest) continue;
    add(name);
    add(value);
  }
  for (const auto& [name, tensor] : content.tensors) {
    add(name);
    add(name_of(tensor.type));
    for (const int64_t size : tensor.shape) add(std::to_string(size));
    add(tensor.bytes);
  }
  return digest.hex();
}

/// Whether that many bytes are the product of the shape and of an element's bytes. Divides, since a
/// product could overflow.
bool fits(uint64_t bytes, uint64_t element_bytes, const std::vector<int64_t>& shape) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return bytes == 0;
  if (bytes % element_bytes != 0) return false;
  uint64_t left = bytes / element_bytes;
  for (const int64_t size : shape) {
    const auto divisor = static_cast<uint64_t>(size);
    if (left % divisor != 0) return false;
    left /= divisor;
  }
  return left == 1;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  SafetensorsView read() {
    const Json header = parsed_header();
    SafetensorsView content;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        read_metadata(value, content.metadata);
      } else {
        content.tensors.emplace(name, tensor_of(name, value));
      }
    }
    require_covered(content);
    return content;
  }

  [[noreturn]] void damaged(const std::string& how) const {
    throw DataError("{}: is damaged ({}); restore it from a copy or make it again", name_, how);
  }

 private:
  Json parsed_header() {
    uint64_t length = 0;
    if (bytes_.size() < kLengthBytes) damaged("it is cut off");
    for (size_t i = kLengthBytes; i-- > 0;) {
      length = length << 8U | static_cast<unsigned char>(bytes_[i]);
    }
    if (length > kMostHeaderBytes || length > bytes_.size() - kLengthBytes) {
      damaged("its header is longer than the file");
    }
    data_ = bytes_.substr(kLengthBytes + length);
    const std::string_view text = bytes_.substr(kLengthBytes, length);
    if (json_levels(text) > kMostLevels) damaged("its header is no JSON object");
    try {
      Json header = Json::parse(text);
      if (header.is_object()) return header;
    } catch (const Json::exception&) {  // falls through to the message
    }
    damaged("its header is no JSON object");
  }

  void read_metadata(const Json& value, std::map<std::string, std::string>& metadata) const {
    if (!value.is_object()) damaged("its metadata are no JSON object");
    for (const auto& [name, text] : value.items()) {
      if (!text.is_string()) damaged("its metadata hold more than text");
      metadata.emplace(name, text.get<std::string>());
    }
  }

  StoredTensor tensor_of(const std::string& name, const Json& value) const {
    const std::string what = "the tensor '" + name + "' is not described";
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets")) {
      damaged(what);
    }
    const Json& offsets = value.at("data_offsets");
    if (!value.at("dtype").is_string() || !value.at("shape").is_array() || !offsets.is_array() ||
        offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      damaged(what);
    }
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& known) {
      return value.at("dtype").get_ref<const std::string&>() == known.name;
    });
    if (type == kTypes.end()) damaged("the tensor '" + name + "' is of an unknown type");
    const auto begin = offsets[0].get<uint64_t>(), end = offsets[1].get<uint64_t>();
    if (end < begin || end > data_.size()) outside(name);
    StoredTensor tensor{type->type, {}, data_.substr(begin, end - begin)};
    for (const Json& size : value.at("shape")) {
      if (!size.is_number_unsigned() || size.get<uint64_t>() > data_.size()) damaged(what);
      tensor.shape.push_back(static_cast<int64_t>(size.get<uint64_t>()));
    }
    if (!fits(tensor.bytes.size(), type->bytes, tensor.shape)) {
      damaged("the size of the tensor '" + name + "' is not that of its shape");
    }
    return tensor;
  }

  /// The tensors lie one behind the other, without holes or overlaps.
  void require_covered(const SafetensorsView& content) const {
    struct Part {
      const char *begin, *end;
      const std::string* name;
    };
    std::vector<Part> parts;
    for (const auto& [name, tensor] : content.tensors) {
      const char* begin = tensor.bytes.data();
      parts.push_back({begin, begin + tensor.bytes.size(), &name});
    }
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    const char* covered = data_.data();
    for (const Part& part : parts) {
      if (part.begin != covered) outside(*part.name);
      covered = part.end;
    }
    if (covered != data_.data() + data_.size()) damaged("bytes of it belong to no tensor");
  }

  [[noreturn]] void outside(const std::string& name) const {
    damaged("the tensor '" + name + "' lies outside of it");
  }

  std::string_view bytes_, data_;
  const std::string& name_;
};

}  // namespace

SafetensorsView view_safetensors(std::string_view bytes, const std::string& name) {
  Reader reader(bytes, name);
  SafetensorsView content = reader.read();
  const auto digest = content.metadata.find(kDigest);
  if (digest == content.metadata.end()) return content;
  if (digest->second != digest_of(content)) {
    reader.damaged("its contents do not have the SHA-256 that it carries");
  }
  content.metadata.erase(digest);
  content.verified = true;
  return content;
}

void write_safetensors(const SafetensorsView& content,
                       const std::function<void(std::string_view)>& put) {
  nlohmann::ordered_json header;  // the metadata come first
  header[kMetadata] = content.metadata;
  header[kMetadata][kDigest] = digest_of(content);
  uint64_t at = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const uint64_t end = at + tensor.bytes.size();
    header[name] = {
        {"dtype", name_of(tensor.type)}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.append(kAlignment - (kLengthBytes + text.size()) % kAlignment, ' ');
  std::string length;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    length += static_cast<char>(text.size() >> (8 * i) & 0xFFU);
  }
  put(length);
  put(text);
  for (const auto& [name, tensor] : content.tensors) put(tensor.bytes);
}

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > kLengthBytes && bytes[kLengthBytes] == '{';
}

}  // namespace nmsw
