#include "nmsw/training/safetensors.h"

#include <array>
#include <cstring>

#include <nlohmann/json.hpp>

#include "nmsw/base/digest.h"

namespace nmsw {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kDigest = "nmsw.sha256";
constexpr size_t kLengthBytes = 8;
/// The format's own limit.
constexpr uint64_t kMostHeaderBytes = 100'000'000;
/// Of arrays and objects within each other; a header has three.
constexpr int kMostLevels = 8;
/// The data begin at a multiple of this.
constexpr size_t kAlignment = 64;

struct Type {
  const char* name;
  torch::ScalarType type;
};
constexpr std::array<Type, 10> kTypes{{{"F64", torch::kDouble},
                                       {"F32", torch::kFloat},
                                       {"F16", torch::kHalf},
                                       {"BF16", torch::kBFloat16},
                                       {"I64", torch::kLong},
                                       {"I32", torch::kInt},
                                       {"I16", torch::kShort},
                                       {"I8", torch::kChar},
                                       {"U8", torch::kByte},
                                       {"BOOL", torch::kBool}}};

const char* name_of(torch::ScalarType type) {
  for (const Type& known : kTypes) {
    if (known.type == type) return known.name;
  }
  throw ShapeError("safetensors: tensors of {} cannot be stored", c10::toString(type));
}

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()};
}

/// Over the metadata, and each tensor's name, type, shape and bytes. Lengths keep what follows each
/// other apart.
std::string digest_of(const Safetensors& content) {
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
    add(name_of(tensor.scalar_type()));
    for (const int64_t size : tensor.sizes()) add(std::to_string(size));
    add(bytes_of(tensor));
  }
  return digest.hex();
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Safetensors read() {
    const Json header = parsed_header();
    Safetensors content;
    uint64_t covered = 0;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        read_metadata(value, content.metadata);
      } else {
        content.tensors.emplace(name, tensor_of(name, value, covered));
      }
    }
    if (covered != data_.size()) damaged("bytes of it belong to no tensor");
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
    const auto shallow = [](int depth, Json::parse_event_t /*event*/, const Json& /*value*/) {
      if (depth > kMostLevels) throw std::length_error("too deep");
      return true;
    };
    try {
      Json header = Json::parse(bytes_.substr(kLengthBytes, length), shallow);
      if (header.is_object()) return header;
    } catch (const std::exception&) {  // falls through to the message
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

  /// The tensors lie one behind the other, without holes or overlaps.
  Tensor tensor_of(const std::string& name, const Json& value, uint64_t& covered) const {
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
    if (begin != covered || end < begin || end > data_.size()) {
      damaged("the tensor '" + name + "' lies outside of it");
    }
    covered = end;
    std::vector<int64_t> shape;
    uint64_t count = end - begin;  // elements, by dividing: a product could overflow
    const uint64_t unit = c10::elementSize(type->type);
    bool empty = false;
    for (const Json& size : value.at("shape")) {
      if (!size.is_number_unsigned() || size.get<uint64_t>() > data_.size()) damaged(what);
      shape.push_back(static_cast<int64_t>(size.get<uint64_t>()));
      empty = empty || shape.back() == 0;
    }
    uint64_t left = count % unit == 0 ? count / unit : 0;
    for (const int64_t size : shape) {
      const auto divisor = static_cast<uint64_t>(size);
      if (empty) break;
      left = left % divisor == 0 ? left / divisor : 0;
    }
    if (empty ? count != 0 : left != 1) {
      damaged("the size of the tensor '" + name + "' is not that of its shape");
    }
    Tensor tensor = torch::empty(shape, type->type);
    if (count > 0) std::memcpy(tensor.data_ptr(), data_.data() + begin, count);
    return tensor;
  }

  std::string_view bytes_, data_;
  const std::string& name_;
};

}  // namespace

void serialize(const Safetensors& content, const std::function<void(std::string_view)>& put) {
  Safetensors stored{content.metadata, {}};
  for (const auto& [name, tensor] : content.tensors) {
    stored.tensors.emplace(name, tensor.detach().to(torch::kCPU).contiguous());
  }
  Json header;
  header[kMetadata] = stored.metadata;
  header[kMetadata][kDigest] = digest_of(stored);
  uint64_t at = 0;
  for (const auto& [name, tensor] : stored.tensors) {
    const uint64_t end = at + tensor.nbytes();
    header[name] = {{"dtype", name_of(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {at, end}}};
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
  for (const auto& [name, tensor] : stored.tensors) put(bytes_of(tensor));
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) {
  Reader reader(bytes, name);
  Safetensors content = reader.read();
  const auto digest = content.metadata.find(kDigest);
  if (digest == content.metadata.end()) return content;
  if (digest->second != digest_of(content)) {
    reader.damaged("its contents do not have the SHA-256 that it carries");
  }
  content.metadata.erase(digest);
  content.verified = true;
  return content;
}

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > kLengthBytes && bytes[kLengthBytes] == '{';
}

}  // namespace nmsw
