#pragma once

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "nmsw/base/error.h"

namespace nmsw {

/// A YAML node that knows its file, line, column and path, so that every fault can be shown where
/// it is written. Duplicate keys are refused when the text is parsed (yaml-cpp itself keeps them
/// silently).
class ConfigNode {
 public:
  /// Throws ConfigError (file:line:column) for a missing file, a syntax error or what is refused.
  static ConfigNode load(const std::filesystem::path& file);
  static ConfigNode parse(const std::string& text, const std::string& name);

  bool is_map() const { return node_.IsMap(); }
  bool is_list() const { return node_.IsSequence(); }
  bool is_scalar() const { return node_.IsScalar(); }
  bool is_null() const { return !node_.IsDefined() || node_.IsNull(); }

  const std::string& path() const { return path_; }
  /// "file:line:column: path", the beginning of every message about this node; "--set path" where
  /// `set` gave it.
  std::string where() const;
  /// The folder of the file that the node is written in; nothing where `set` gave it.
  std::optional<std::filesystem::path> folder() const;
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw ConfigError("{}: {}", where(), fmt::format(format, std::forward<Args>(args)...));
  }

  std::optional<ConfigNode> find(std::string_view key) const;
  /// The child, or a ConfigError that names the missing key.
  ConfigNode at(std::string_view key) const;
  std::vector<ConfigNode> items() const;
  std::vector<std::pair<std::string, ConfigNode>> entries() const;

  /// The scalar as T (bool, integers, double, std::string); ConfigError when it is something else.
  /// A double is finite: JSON, in which configurations are stored, has no other.
  template <class T>
  T as() const {
    if (!is_scalar()) fail("expected {}, found {}", type_name<T>(), kind_name());
    try {
      const T value = node_.as<T>();
      if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(value)) fail("expected a finite number, found '{}'", node_.Scalar());
      }
      return value;
    } catch (const YAML::Exception&) {
      fail("expected {}, found '{}'", type_name<T>(), node_.Scalar());
    }
  }
  std::string scalar() const { return as<std::string>(); }

  /// Sets a value deep in the tree from "path.to.key=yaml" (`--set`); maps on the way are made.
  void set(std::string_view assignment);

  /// The node as YAML text.
  std::string text() const;

 private:
  using SetPaths = std::shared_ptr<std::vector<std::string>>;
  ConfigNode(const YAML::Node& node, std::string file, std::string path,
             SetPaths set_paths = std::make_shared<std::vector<std::string>>())
      : node_(node),
        file_(std::move(file)),
        path_(std::move(path)),
        set_paths_(std::move(set_paths)) {}
  ConfigNode child(const YAML::Node& node, const std::string& path) const {
    return {node, file_, path, set_paths_};
  }
  std::string kind_name() const;
  bool is_set() const;
  template <class T>
  static const char* type_name() {
    if constexpr (std::is_same_v<T, bool>) return "true or false";
    if constexpr (std::is_integral_v<T>) return "a whole number";
    if constexpr (std::is_floating_point_v<T>) return "a number";
    return "a text";
  }

  YAML::Node node_;
  std::string file_;
  std::string path_;
  /// What `set` has given, shared by all nodes of a tree.
  SetPaths set_paths_;
};

/// The candidate nearest to `word` in edit distance, or nothing when none is near: for "did you
/// mean …?".
std::optional<std::string> nearest_word(const std::string& word,
                                        const std::vector<std::string>& candidates);

}  // namespace nmsw
