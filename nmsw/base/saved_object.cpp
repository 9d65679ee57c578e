#include "nmsw/base/saved_object.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "nmsw/base/error.h"
#include "nmsw/base/pickle_tree.h"
#include "nmsw/base/zip_check.h"

namespace nmsw {
namespace {

using Kind = PickleNode::Kind;

struct ElementClass {
  std::string_view storage;
  StoredElement type;
  int64_t bytes;
};
constexpr std::array<ElementClass, 10> kElements{{{"DoubleStorage", StoredElement::f64, 8},
                                                  {"FloatStorage", StoredElement::f32, 4},
                                                  {"HalfStorage", StoredElement::f16, 2},
                                                  {"BFloat16Storage", StoredElement::bf16, 2},
                                                  {"LongStorage", StoredElement::i64, 8},
                                                  {"IntStorage", StoredElement::i32, 4},
                                                  {"ShortStorage", StoredElement::i16, 2},
                                                  {"CharStorage", StoredElement::i8, 1},
                                                  {"ByteStorage", StoredElement::u8, 1},
                                                  {"BoolStorage", StoredElement::boolean, 1}}};

/// Walks the tree of a pickle beside the files of its archive.
class ObjectReader {
 public:
  ObjectReader(const std::map<std::string, std::string_view>& files, std::string root,
               const std::string& name)
      : files_(files), root_(std::move(root)), name_(name) {}

  SavedObject read(const PickleNode& node) {
    object_.values = value_of(node, "", 0);
    return std::move(object_);
  }

 private:
  [[noreturn]] void refuse(const std::string& path) const {
    throw DataError("{}: '{}' is damaged; restore it from a copy or make it again", name_, path);
  }

  /// An object may stand in many places, each of which takes memory.
  void count(size_t bytes, size_t depth) {
    constexpr size_t kMostBytes = size_t{64} << 20, kMostLevels = 64, kBytesOfValue = 64;
    bytes_ += kBytesOfValue + bytes;
    if (bytes_ > kMostBytes || depth > kMostLevels) {
      throw DataError("{}: holds more values, or deeper ones, than a checkpoint does", name_);
    }
  }

  nlohmann::json value_of(const PickleNode& node, const std::string& path, size_t depth) {
    count(node.text.size() + path.size(), depth);
    switch (node.kind) {
      case Kind::boolean:
        return node.integer != 0;
      case Kind::integer:
        return node.integer;
      case Kind::real:
        return node.real;
      case Kind::text:
        return node.text;
      case Kind::list:
        return list_of(node, path, depth);
      case Kind::dict:
        return dict_of(node, path, depth);
      case Kind::call:
        return result_of(node, path, depth);
      default:
        return nullptr;
    }
  }
  static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + '/' + key;
  }
  nlohmann::json list_of(const PickleNode& node, const std::string& path, size_t depth) {
    nlohmann::json list = nlohmann::json::array();
    for (const PickleNode* item : node.items) {
      list.push_back(value_of(*item, below(path, std::to_string(list.size())), depth + 1));
    }
    return list;
  }
  nlohmann::json dict_of(const PickleNode& node, const std::string& path, size_t depth) {
    nlohmann::json dict = nlohmann::json::object();
    for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
      const PickleNode& key = *node.items[i];
      if (key.kind != Kind::text && key.kind != Kind::integer) continue;
      const std::string word = key.kind == Kind::text ? key.text : std::to_string(key.integer);
      dict[word] = value_of(*node.items[i + 1], below(path, word), depth + 1);
    }
    return dict;
  }
  nlohmann::json result_of(const PickleNode& call, const std::string& path, size_t depth) {
    const PickleNode &callable = *call.items[0], &arguments = *call.items[1];
    if (callable.kind != Kind::global || arguments.kind != Kind::list) return nullptr;
    if (callable.text == "torch._utils._rebuild_parameter" && !arguments.items.empty()) {
      return value_of(*arguments.items[0], path, depth + 1);
    }
    if (callable.text == "torch._utils._rebuild_tensor_v2") {
      object_.tensors.insert_or_assign(path, tensor_of(arguments, path));
    }
    return nullptr;
  }

  std::vector<int64_t> sizes_of(const PickleNode& list, const std::string& path) const {
    std::vector<int64_t> sizes;
    for (const PickleNode* item : list.items) {
      if (list.kind != Kind::list || item->kind != Kind::integer || item->integer < 0) refuse(path);
      sizes.push_back(item->integer);
    }
    return sizes;
  }

  SavedTensor tensor_of(const PickleNode& arguments, const std::string& path) const {
    if (arguments.items.size() < 4 || arguments.items[0]->kind != Kind::stored ||
        arguments.items[1]->kind != Kind::integer || arguments.items[1]->integer < 0) {
      refuse(path);
    }
    SavedTensor tensor;
    const int64_t numbers = find_storage(*arguments.items[0], path, tensor);
    tensor.offset = arguments.items[1]->integer;
    tensor.shape = sizes_of(*arguments.items[2], path);
    tensor.strides = sizes_of(*arguments.items[3], path);
    if (tensor.shape.size() != tensor.strides.size()) refuse(path);
    int64_t last = tensor.offset, count = 1;
    bool fits = true;
    for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      int64_t reach = 0;
      fits = fits && !__builtin_mul_overflow(count, tensor.shape[axis], &count) &&
             !__builtin_mul_overflow(std::max<int64_t>(tensor.shape[axis], 1) - 1,
                                     tensor.strides[axis], &reach) &&
             !__builtin_add_overflow(last, reach, &last);
    }
    // No more values than the storage has, so that a small file cannot ask for much memory.
    if (!fits || count > numbers || (count > 0 && last >= numbers)) refuse(path);
    return tensor;
  }

  /// ("storage", class, key, device, size): its type and bytes; how many elements it has.
  int64_t find_storage(const PickleNode& stored, const std::string& path,
                       SavedTensor& tensor) const {
    const PickleNode& identity = *stored.items[0];
    if (identity.kind != Kind::list || identity.items.size() < 3 ||
        identity.items[1]->kind != Kind::global || identity.items[2]->kind != Kind::text) {
      refuse(path);
    }
    const std::string& type = identity.items[1]->text;
    const auto known = std::find_if(kElements.begin(), kElements.end(), [&](const auto& element) {
      return type == "torch." + std::string(element.storage);
    });
    const auto file = files_.find(root_ + "data/" + identity.items[2]->text);
    if (known == kElements.end() || file == files_.end()) refuse(path);
    tensor.type = known->type;
    tensor.storage = file->second;
    return static_cast<int64_t>(file->second.size()) / known->bytes;
  }

  const std::map<std::string, std::string_view>& files_;
  std::string root_;
  const std::string& name_;
  size_t bytes_ = 0;
  SavedObject object_;
};

}  // namespace

SavedObject view_saved_object(std::string_view bytes, const std::string& name) {
  if (!is_zip(bytes)) throw DataError("{}: is no archive that torch.save wrote", name);
  const std::string fault = zip_fault(bytes);
  if (!fault.empty()) {
    throw DataError("{}: is damaged ({}); restore it from a copy or make it again", name, fault);
  }
  const std::map<std::string, std::string_view> files = stored_files(bytes);
  const std::string ending = "data.pkl";
  for (const auto& [file, content] : files) {
    if (file.size() < ending.size() ||
        file.compare(file.size() - ending.size(), ending.size(), ending) != 0) {
      continue;
    }
    const std::string root = file.substr(0, file.size() - ending.size());
    const auto order = files.find(root + "byteorder");
    if (order != files.end() && order->second != "little") {
      throw DataError("{}: was written by a machine with another byte order", name);
    }
    const PickleTree tree = follow_pickle(content, name);
    return ObjectReader(files, root, name).read(*tree.root);
  }
  throw DataError("{}: is no archive that torch.save wrote", name);
}

}  // namespace nmsw
