#include "nmsw/base/config_node.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include <yaml-cpp/eventhandler.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/plain_text.h"

namespace nmsw {
namespace {

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

constexpr int kDeepest = 64;
/// Without aliases a text has fewer nodes than bytes. Aliases may add to that, up to here.
constexpr size_t kFewNodes = 10'000;
constexpr size_t kMostNodes = 1'000'000;

/// Refuses what yaml-cpp takes but no experiment means: keys given twice, keys that are no words,
/// nesting without end, and aliases that multiply.
class TreeCheck {
 public:
  TreeCheck(const std::string& file, size_t text_bytes)
      : file_(file), most_nodes_(std::min(kMostNodes, std::max(kFewNodes, text_bytes))) {}

  void visit(const YAML::Node& node, const std::string& path, int depth = 0) {
    if (++nodes_ > most_nodes_) {
      fail(node, fmt::format("{}: holds more than {} values, aliases written out; shorten the "
                             "lists, or write out fewer aliases",
                             path, most_nodes_));
    }
    // Also an alias that stands inside what it names.
    if (depth > kDeepest) {
      fail(node, fmt::format("is nested in itself or more than {} levels deep; write it out flat",
                             kDeepest));
    }
    if (node.IsSequence()) {
      for (size_t i = 0; i < node.size(); ++i)
        visit(node[i], fmt::format("{}[{}]", path, i), depth + 1);
    }
    if (node.IsMap()) visit_map(node, path, depth);
  }

 private:
  void visit_map(const YAML::Node& node, const std::string& path, int depth) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) fail(entry.first, path + ": a key must be a plain word");
      const std::string key = entry.first.Scalar();
      if (!seen.insert(key).second)
        fail(entry.first, join_path(path, key) + " is given twice; keep one of the two");
      visit(entry.second, join_path(path, key), depth + 1);
    }
  }
  [[noreturn]] void fail(const YAML::Node& node, const std::string& fault) const {
    throw ConfigError("{}:{}:{}: {}", file_, node.Mark().line + 1, node.Mark().column + 1, fault);
  }

  const std::string& file_;
  const size_t most_nodes_;
  size_t nodes_ = 0;
};

/// Remembers where each document starts, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// The one document of `text`. yaml-cpp's `Load` drops what stands behind the first, and its `LoadAll` never ends where a
/// bracket closes that none opened: it finds empty documents there for ever.
YAML::Node only_document(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
  }
  if (starts.marks.size() > 1) {
    throw ConfigError(
        "{}:{}:{}: a second YAML document begins here, after '---' or at a bracket that closes "
        "without being opened; keep one document",
        name, starts.marks[1].line + 1, starts.marks[1].column + 1);
  }
  return starts.marks.empty() ? YAML::Node() : YAML::Load(text);
}

}  // namespace

ConfigNode ConfigNode::load(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw ConfigError("{}: no such file; give the path of a YAML file", file.string());
  }
  return parse(read_file(file), file.string());
}

ConfigNode ConfigNode::parse(const std::string& text, const std::string& name) {
  if (const auto fault = utf8_fault(text)) throw ConfigError("{}:{}", name, *fault);
  YAML::Node node;
  try {
    node = only_document(text, name);
  } catch (const YAML::Exception& fault) {
    throw ConfigError("{}:{}:{}: {}; correct the YAML there", name, fault.mark.line + 1,
                      fault.mark.column + 1, fault.msg);
  }
  TreeCheck(name, text.size()).visit(node, "");
  return ConfigNode(node, name, "");
}

bool ConfigNode::is_set() const {
  return std::any_of(set_paths_->begin(), set_paths_->end(), [this](const std::string& set) {
    return path_.rfind(set, 0) == 0 &&
           (path_.size() == set.size() || path_[set.size()] == '.' || path_[set.size()] == '[');
  });
}

std::optional<std::filesystem::path> ConfigNode::folder() const {
  if (is_set()) return std::nullopt;
  return std::filesystem::path(file_).parent_path();
}

std::string ConfigNode::where() const {
  if (is_set()) return "--set " + path_;
  const YAML::Mark mark = node_.Mark();
  const std::string place =
      mark.is_null() ? file_ : fmt::format("{}:{}:{}", file_, mark.line + 1, mark.column + 1);
  return path_.empty() ? place : place + ": " + path_;
}

std::optional<ConfigNode> ConfigNode::find(std::string_view key) const {
  if (!node_.IsMap()) return std::nullopt;
  for (const auto& entry : node_) {
    if (entry.first.Scalar() == key) {
      return child(entry.second, join_path(path_, std::string(key)));
    }
  }
  return std::nullopt;
}

ConfigNode ConfigNode::at(std::string_view key) const {
  if (auto child = find(key)) return *child;
  fail("the key '{}' is missing; add it", key);
}

std::vector<ConfigNode> ConfigNode::items() const {
  if (!node_.IsSequence()) fail("expected a list, found {}", kind_name());
  std::vector<ConfigNode> children;
  for (size_t i = 0; i < node_.size(); ++i) {
    children.push_back(child(node_[i], fmt::format("{}[{}]", path_, i)));
  }
  return children;
}

std::vector<std::pair<std::string, ConfigNode>> ConfigNode::entries() const {
  if (!node_.IsMap()) fail("expected keys with values, found {}", kind_name());
  std::vector<std::pair<std::string, ConfigNode>> children;
  for (const auto& entry : node_) {
    const std::string key = entry.first.Scalar();
    children.emplace_back(key, child(entry.second, join_path(path_, key)));
  }
  return children;
}

void ConfigNode::set(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw ConfigError("--set {}: expected path.to.key=value", assignment);
  }
  const std::string path(assignment.substr(0, equals));
  const ConfigNode value = parse(std::string(assignment.substr(equals + 1)), "--set " + path);
  YAML::Node target = node_;
  size_t begin = 0;
  while (true) {
    const size_t dot = path.find('.', begin);
    const std::string key = path.substr(begin, dot == std::string::npos ? dot : dot - begin);
    if (target.IsDefined() && !target.IsMap() && !target.IsNull()) {
      throw ConfigError("--set {}: '{}' has no keys below it", assignment, path.substr(0, begin));
    }
    if (dot == std::string::npos) {
      target[key] = value.node_;
      set_paths_->push_back(path);
      return;
    }
    const YAML::Node next = target[key];
    if (!next.IsDefined() || next.IsNull()) target[key] = YAML::Node(YAML::NodeType::Map);
    target.reset(target[key]);
    begin = dot + 1;
  }
}

std::string ConfigNode::text() const {
  YAML::Emitter out;
  out << node_;
  return out.c_str();
}

std::string ConfigNode::kind_name() const {
  if (is_null()) return "nothing";
  if (is_map()) return "keys with values";
  if (is_list()) return "a list";
  return "'" + node_.Scalar() + "'";
}

std::optional<std::string> nearest_word(const std::string& word,
                                        const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t replace = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace nmsw
