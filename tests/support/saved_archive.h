#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/zip_archive.h"

namespace nmsw::testing {

/// Writes pickles instruction by instruction (Python's pickletools, protocol 2) as torch.save does.
class PickleWriter {
 public:
  std::string done() const { return "\x80\x02" + bytes_ + "."; }

  PickleWriter& raw(const std::string& instructions) {
    bytes_ += instructions;
    return *this;
  }
  PickleWriter& text(const std::string& value) {
    return raw("X" + number(value.size(), 4) + value);
  }
  PickleWriter& integer(int64_t value) {
    const bool is_short = value >= INT32_MIN && value <= INT32_MAX;
    return is_short ? raw("J" + number(static_cast<uint64_t>(value), 4))
                    : raw("\x8a\x08" + number(static_cast<uint64_t>(value), 8));
  }
  PickleWriter& real(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    std::string digits = number(bits, 8);
    return raw("G" + std::string(digits.rbegin(), digits.rend()));
  }
  PickleWriter& global(const std::string& module, const std::string& name) {
    return raw("c" + module + "\n" + name + "\n");
  }
  PickleWriter& json(const nlohmann::json& value) {
    if (value.is_object()) {
      raw("}(");
      for (const auto& [key, entry] : value.items()) text(key).json(entry);
      return raw("u");
    }
    if (value.is_array()) {
      raw("](");
      for (const auto& entry : value) json(entry);
      return raw("e");
    }
    if (value.is_null()) return raw("N");
    if (value.is_boolean()) return raw(value.get<bool>() ? "\x88" : "\x89");
    if (value.is_string()) return text(value.get<std::string>());
    return value.is_number_float() ? real(value.get<double>()) : integer(value.get<int64_t>());
  }
  /// A tensor of a storage, e.g. "FloatStorage", in the archive's file data/KEY.
  PickleWriter& tensor(const std::string& storage, const std::string& key,
                       const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                       int64_t offset = 0) {
    global("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage").global("torch", storage);
    text(key).text("cuda:0").integer(0).raw("tQ").integer(offset);
    for (const auto& sizes : {shape, strides}) {
      raw("(");
      for (const int64_t size : sizes) integer(size);
      raw("t");
    }
    return raw("\x89").global("collections", "OrderedDict").raw(")RtR");
  }

 private:
  static std::string number(uint64_t value, int count) {
    std::string digits;
    for (int i = 0; i < count; ++i) digits += static_cast<char>(value >> (8 * i) & 0xFFU);
    return digits;
  }
  std::string bytes_;
};

/// What torch.save makes of a pickle and storages 0, 1, 2, …
inline std::string saved_archive(const std::string& pickle,
                                 const std::vector<std::string>& storages) {
  std::vector<ZippedFile> files{{"archive/data.pkl", pickle}, {"archive/byteorder", "little"}};
  for (const std::string& bytes : storages) {
    files.push_back({"archive/data/" + std::to_string(files.size() - 2), bytes});
  }
  std::vector<size_t> begins;
  return zip_archive(files, ZipSizes::in_64_bits, begins);
}

}  // namespace nmsw::testing
