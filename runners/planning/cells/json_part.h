#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::runners {

/// A part of a foreign JSON text that knows where it stands, for messages. The text and `file` must
/// outlive it. Everything throws DataError with file and path.
class JsonPart {
 public:
  JsonPart(const nlohmann::json& json, std::string path, const std::string& file)
      : json_(&json), path_(std::move(path)), file_(&file) {}

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw DataError("{}: {}: {}", *file_, path_, fmt::format(format, std::forward<Args>(args)...));
  }
  /// Whether it has the key with a value.
  bool has(const std::string& key) const {
    return json_->is_object() && json_->contains(key) && !json_->at(key).is_null();
  }
  JsonPart at(const std::string& key) const {
    if (!has(key)) refuse("'{}' is missing", printable(key));
    return {json_->at(key), path_ + "." + printable(key), *file_};
  }
  std::vector<JsonPart> items() const {
    if (!json_->is_array()) refuse("is no list");
    std::vector<JsonPart> parts;
    for (const nlohmann::json& item : *json_) {
      parts.emplace_back(item, path_ + "[" + std::to_string(parts.size()) + "]", *file_);
    }
    return parts;
  }
  template <class T>
  T as() const {
    try {
      return json_->get<T>();
    } catch (const nlohmann::json::exception&) {
      refuse("{} is of another kind than nnU-Net writes there", shown());
    }
  }
  const nlohmann::json& json() const { return *json_; }
  /// A text as it is, anything else as JSON; not all of it where it is long.
  std::string shown() const {
    constexpr size_t kMost = 80;
    const auto replace = nlohmann::json::error_handler_t::replace;
    const std::string text =
        json_->is_string() ? json_->get<std::string>() : json_->dump(-1, ' ', false, replace);
    return printable(text.substr(0, kMost));
  }
  const std::string& file() const { return *file_; }

 private:
  const nlohmann::json* json_;
  std::string path_;
  const std::string* file_;
};

}  // namespace nmsw::runners
