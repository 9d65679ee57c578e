#include "nmsw/base/pickle_tree.h"

#include <cstring>
#include <map>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

using Kind = PickleNode::Kind;

/// The machine of pickletools: a stack, marks on it, and a memo of objects that come again.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  PickleTree run() {
    while (!done_) {
      const char instruction = static_cast<char>(number(1));
      if (!takes_scalar(instruction) && !takes_container(instruction) && !takes_memo(instruction)) {
        throw DataError("{}: has an instruction {:#04x} that no saved tensors need", name_,
                        static_cast<unsigned>(static_cast<unsigned char>(instruction)));
      }
    }
    tree_.root = pop();
    return std::move(tree_);
  }

 private:
  [[noreturn]] void refuse() const {
    throw DataError("{}: its pickle is damaged; restore it from a copy or make it again", name_);
  }
  std::string_view part(uint64_t count) {
    if (count > bytes_.size() - at_) refuse();
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  uint64_t number(unsigned count) {
    const std::string_view digits = part(count);
    uint64_t value = 0;
    for (unsigned i = count; i-- > 0;) value = value << 8U | static_cast<unsigned char>(digits[i]);
    return value;
  }
  std::string_view line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) refuse();
    const std::string_view text = part(end - at_);
    ++at_;
    return text;
  }

  PickleNode& push(Kind kind) {
    PickleNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    stack_.push_back(&node);
    return node;
  }
  PickleNode* pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse();
    PickleNode* node = stack_.back();
    stack_.pop_back();
    return node;
  }
  PickleNode& top() {
    PickleNode* node = pop();
    stack_.push_back(node);
    return *node;
  }
  std::vector<const PickleNode*> pop_to_mark() {
    if (marks_.empty()) refuse();
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<const PickleNode*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<const PickleNode*> pop_items(size_t count) {
    std::vector<const PickleNode*> items(count);
    while (count-- > 0) items[count] = pop();
    return items;
  }
  void push_list(std::vector<const PickleNode*> items) {
    push(Kind::list).items = std::move(items);
  }
  void push_text(std::string_view text) { push(Kind::text).text = std::string(text); }
  void push_integer(int64_t value) { push(Kind::integer).integer = value; }

  /// Two's complement of so many bytes; what needs more than 64 bits becomes a real number.
  void push_long(uint64_t count) {
    const std::string_view digits = part(count);
    if (count > 8) {
      double value = 0;
      for (uint64_t i = count; i-- > 0;)
        value = value * 256 + static_cast<unsigned char>(digits[i]);
      push(Kind::real).real = value;
      return;
    }
    const bool negative = count > 0 && (static_cast<unsigned char>(digits.back()) & 0x80U) != 0;
    uint64_t value = negative ? ~uint64_t{0} : 0;
    for (uint64_t i = count; i-- > 0;) value = value << 8U | static_cast<unsigned char>(digits[i]);
    push_integer(static_cast<int64_t>(value));
  }
  void push_real() {
    uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = bits << 8U | number(1);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    push(Kind::real).real = value;
  }
  void push_global(std::string_view module, std::string_view name) {
    push(Kind::global).text = std::string(module) + '.' + std::string(name);
  }

  bool takes_scalar(char instruction) {
    switch (static_cast<unsigned char>(instruction)) {
      case 'N':
        push(Kind::none);
        return true;
      case 0x88:
        push(Kind::boolean).integer = 1;
        return true;
      case 0x89:
        push(Kind::boolean).integer = 0;
        return true;
      case 'K':
        push_integer(static_cast<int64_t>(number(1)));
        return true;
      case 'M':
        push_integer(static_cast<int64_t>(number(2)));
        return true;
      case 'J':
        push_integer(static_cast<int32_t>(number(4)));
        return true;
      case 0x8a:
        push_long(number(1));
        return true;
      case 0x8b:
        push_long(number(4));
        return true;
      case 'G':
        push_real();
        return true;
      case 'X':
      case 'T':
      case 'B':
        push_text(part(number(4)));
        return true;
      case 0x8c:
      case 'U':
      case 'C':
        push_text(part(number(1)));
        return true;
      case 0x8d:
      case 0x8e:
        push_text(part(number(8)));
        return true;
      case 'c': {
        const std::string_view module = line();
        push_global(module, line());
        return true;
      }
      case 0x93: {
        const PickleNode *name = pop(), *module = pop();
        push_global(module->text, name->text);
        return true;
      }
      default:
        return false;
    }
  }

  bool takes_container(char instruction) {
    switch (static_cast<unsigned char>(instruction)) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case '}':
        push(Kind::dict);
        return true;
      case ']':
      case ')':
      case 0x8f:
        push(Kind::list);
        return true;
      case 't':
      case 'l':
      case 0x91:
        push_list(pop_to_mark());
        return true;
      case 'd': {
        std::vector<const PickleNode*> items = pop_to_mark();
        push(Kind::dict).items = std::move(items);
        return true;
      }
      case 0x85:
        push_list(pop_items(1));
        return true;
      case 0x86:
        push_list(pop_items(2));
        return true;
      case 0x87:
        push_list(pop_items(3));
        return true;
      case 'a':
        add(Kind::list, pop_items(1));
        return true;
      case 'e':
      case 0x90:
        add(Kind::list, pop_to_mark());
        return true;
      case 's':
        add(Kind::dict, pop_items(2));
        return true;
      case 'u':
        add(Kind::dict, pop_to_mark());
        return true;
      case 'Q':
        push_stored();
        return true;
      case 'R':
      case 0x81:
        push_call();
        return true;
      case 'b':
        pop();
        return true;  // a state that only objects other than data have
      default:
        return false;
    }
  }

  bool takes_memo(char instruction) {
    switch (static_cast<unsigned char>(instruction)) {
      case 0x80:
        number(1);
        return true;  // protocol
      case 0x95:
        number(8);
        return true;  // frame
      case 'q':
        memo_[number(1)] = &top();
        return true;
      case 'r':
        memo_[number(4)] = &top();
        return true;
      case 0x94:
        memo_.emplace(memo_.size(), &top());
        return true;
      case 'h':
        recall(number(1));
        return true;
      case 'j':
        recall(number(4));
        return true;
      case '0':
        pop();
        return true;
      case '1':
        pop_to_mark();
        return true;
      case '2':
        stack_.push_back(&top());
        return true;
      case '.':
        done_ = true;
        return true;
      default:
        return false;
    }
  }

  void recall(uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) refuse();
    stack_.push_back(found->second);
  }
  /// Into a container of that kind; an object of a class keeps nothing.
  void add(Kind kind, const std::vector<const PickleNode*>& items) {
    if (kind == Kind::dict && items.size() % 2 != 0) refuse();
    PickleNode& container = top();
    if (container.kind == Kind::call) return;
    if (container.kind != kind) refuse();
    container.items.insert(container.items.end(), items.begin(), items.end());
  }
  void push_stored() {
    const std::vector<const PickleNode*> identity = pop_items(1);
    push(Kind::stored).items = identity;
  }
  void push_call() {
    const std::vector<const PickleNode*> call = pop_items(2);
    if (call[0]->kind == Kind::global && call[0]->text == "collections.OrderedDict") {
      push(Kind::dict);
      return;
    }
    push(Kind::call).items = call;
  }

  std::string_view bytes_;
  const std::string& name_;
  size_t at_ = 0;
  bool done_ = false;
  PickleTree tree_;
  std::vector<PickleNode*> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, PickleNode*> memo_;
};

}  // namespace

PickleTree follow_pickle(std::string_view pickle, const std::string& name) {
  return PickleMachine(pickle, name).run();
}

}  // namespace nmsw
