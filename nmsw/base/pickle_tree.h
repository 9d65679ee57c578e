#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nmsw {

/// What an instruction of a pickle makes.
///
/// list    lists, tuples and sets; `items`
/// dict    key and value in turn in `items`; an OrderedDict too
/// global  a class or function by name, "module.name" in `text`
/// call    what a call would give: `items` are the callable and the list of its arguments
/// stored  an object that lies outside the pickle; `items` holds its identity
struct PickleNode {
  enum class Kind { none, boolean, integer, real, text, list, dict, global, call, stored };
  Kind kind = Kind::none;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<const PickleNode*> items;
};

/// The objects of a pickle. One may stand in several places, even within itself.
struct PickleTree {
  std::deque<PickleNode> nodes;
  const PickleNode* root = nullptr;
};

/// Follows the instructions of a pickle (Python's pickletools, protocols 2 to 5) as far as objects
/// go that hold data, and calls nothing: what a call would make stays a `call`. `name` is for
/// messages. Throws DataError where it is damaged or has an instruction of another kind.
/// Thread-safe.
PickleTree follow_pickle(std::string_view pickle, const std::string& name);

}  // namespace nmsw
