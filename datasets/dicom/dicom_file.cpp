#include "datasets/dicom/dicom_file.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "datasets/dicom/dicom_inflate.h"

namespace nmsw::datasets {
namespace {

constexpr DicomTag kItem = 0xfffee000, kItemEnd = 0xfffee00d, kSequenceEnd = 0xfffee0dd;
constexpr DicomTag kMetaLength = 0x00020000;
constexpr uint32_t kUndefined = 0xffffffff;
constexpr int kMostDepth = 32;
constexpr size_t kPreamble = 128;
constexpr size_t kMostInflatedBytes = size_t{128} << 20U;

constexpr std::array kWanted{tags::kMetaClass,
                             tags::kTransferSyntax,
                             tags::kClass,
                             tags::kModality,
                             tags::kDescription,
                             tags::kThickness,
                             tags::kSeries,
                             tags::kPosition,
                             tags::kOrientation,
                             tags::kSamples,
                             tags::kPhotometric,
                             tags::kFrames,
                             tags::kRows,
                             tags::kColumns,
                             tags::kPixelSpacing,
                             tags::kBitsAllocated,
                             tags::kBitsStored,
                             tags::kHighBit,
                             tags::kPixelRepresentation,
                             tags::kIntercept,
                             tags::kSlope,
                             tags::kLut,
                             tags::kFloatPixels,
                             tags::kDoublePixels};

/// Leaves a walk with what is wrong.
struct Damage {
  std::string what;
};

std::string shown(DicomTag tag) {
  return fmt::format("({:04x},{:04x})", tag >> 16U, tag & 0xffffU);
}

struct Encoding {
  bool is_explicit = true;
  bool is_big_endian = false;
};

struct Element {
  DicomTag tag = 0;
  std::string type;  // empty where it is implicit
  uint32_t length = 0;
};

class Walk {
 public:
  Walk(std::string_view bytes, Encoding encoding) : bytes_(bytes), encoding_(encoding) {}

  size_t position() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  std::string_view rest() const { return bytes_.substr(at_); }
  DicomTag peek_tag() const {
    Walk ahead = *this;
    return ahead.take_tag();
  }

  Element take_head() {
    Element element;
    element.tag = take_tag();
    const std::string_view type = rest().substr(0, 2);
    // Some writers mix elements without a type into a data set with types.
    const bool typed = type.size() == 2 && std::all_of(type.begin(), type.end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!encoding_.is_explicit || element.tag >> 16U == 0xfffe || !typed) {
      element.length = take_number(4);
      return element;
    }
    element.type = type;
    skip(2, element.tag);
    constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
    const bool is_long = kLong.find(element.type) != std::string_view::npos;
    if (is_long) skip(2, element.tag);
    element.length = take_number(is_long ? 4 : 2);
    return element;
  }

  std::string_view take_value(const Element& element) {
    const std::string_view value = rest().substr(0, element.length);
    skip(element.length, element.tag);
    return value;
  }

  void skip_value(const Element& element, int depth = 0) {
    if (element.length != kUndefined) return skip(element.length, element.tag);
    if (depth >= kMostDepth) throw Damage{"its sequences are nested too deeply"};
    const Encoding outside = encoding_;
    // A sequence of unknown type is implicit inside (PS3.5 6.2.2).
    if (element.type == "UN") encoding_ = {false, false};
    while (take_item(element.tag, [&](const Element& item) { skip_item(item, depth + 1); })) {
    }
    encoding_ = outside;
  }

  /// Hands over the next item of a sequence; false at its end.
  template <class Take>
  bool take_item(DicomTag sequence, const Take& take) {
    const Element item = take_head();
    if (item.tag == kSequenceEnd) return false;
    if (item.tag != kItem)
      throw Damage{
          fmt::format("{} stands where an item of {} should", shown(item.tag), shown(sequence))};
    take(item);
    return true;
  }

 private:
  DicomTag take_tag() {
    const uint32_t group = take_number(2);
    return group << 16U | take_number(2);
  }
  uint32_t take_number(size_t size) {
    if (left() < size) throw Damage{"it ends within an element"};
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t place = encoding_.is_big_endian ? size - 1 - i : i;
      value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes_[at_ + i])) << (8 * place);
    }
    at_ += size;
    return value;
  }
  void skip(size_t size, DicomTag tag) {
    if (left() < size)
      throw Damage{fmt::format("{} says {} bytes, {} are left", shown(tag), size, left())};
    at_ += size;
  }
  void skip_item(const Element& item, int depth) {
    if (item.length != kUndefined) return skip(item.length, item.tag);
    for (;;) {
      const Element element = take_head();
      if (element.tag == kItemEnd) return;
      skip_value(element, depth);
    }
  }

  std::string_view bytes_;
  Encoding encoding_;
  size_t at_ = 0;
};

void keep(DicomFile& file, const Element& element, std::string_view value) {
  if (std::find(kWanted.begin(), kWanted.end(), element.tag) == kWanted.end()) return;
  if (!file.values.emplace(element.tag, value).second)
    throw Damage{fmt::format("{} occurs twice", shown(element.tag))};
}

bool is_overlay_position(DicomTag tag) {
  return tag >> 16U >= 0x6000 && tag >> 16U <= 0x601e && (tag & 0xffffU) == 0x0102;
}

DicomPixels take_pixels(Walk& walk, const Element& element) {
  DicomPixels pixels;
  pixels.is_encapsulated = element.length == kUndefined;
  if (!pixels.is_encapsulated) {
    pixels.native = walk.take_value(element);
    return pixels;
  }
  bool is_offset_table = true;
  while (walk.take_item(element.tag, [&](const Element& item) {
    // An undefined length, too, is more than is left.
    const std::string_view fragment = walk.take_value(item);
    if (!is_offset_table) pixels.fragments.push_back(fragment);
    is_offset_table = false;
  })) {
  }
  return pixels;
}

/// To the end, also behind the pixels: bytes that were lost or put in among them show there alone.
void walk_data_set(DicomFile& file, Walk walk) {
  const auto is_zero = [](char c) { return c == '\0'; };
  while (walk.left() > 0) {
    const std::string_view rest = walk.rest();
    if (const std::string_view tag = rest.substr(0, 4);
        std::all_of(tag.begin(), tag.end(), is_zero)) {
      if (std::all_of(rest.begin(), rest.end(), is_zero)) return;
      throw Damage{"it goes on behind its padding"};
    }
    const Element element = walk.take_head();
    if (element.tag == tags::kPixels) {
      if (file.pixels) throw Damage{"it holds pixels twice"};
      file.pixels = take_pixels(walk, element);
      continue;
    }
    if (element.length == kUndefined) {
      if (element.tag == tags::kLut) keep(file, element, "sequence");
      walk.skip_value(element);
      continue;
    }
    const std::string_view value = walk.take_value(element);
    if (is_overlay_position(element.tag) && !std::all_of(value.begin(), value.end(), is_zero))
      file.has_overlay_in_pixels = true;
    keep(file, element, value);
  }
}

/// Reads the file meta information, which is always explicit and little endian; returns how many
/// bytes it takes.
size_t walk_meta(DicomFile& file, std::string_view bytes) {
  Walk walk(bytes, {});
  size_t declared_end = 0;
  while (walk.left() >= 4 && walk.peek_tag() >> 16U == 0x0002) {
    // A deflated data set may begin like a tag of this group.
    if (declared_end != 0 && walk.position() >= declared_end &&
        file.text(tags::kTransferSyntax) == kDeflatedSyntax) {
      break;
    }
    const Element element = walk.take_head();
    const std::string_view value = walk.take_value(element);
    keep(file, element, value);
    if (element.tag != kMetaLength || value.size() != 4) continue;
    declared_end = walk.position();
    for (size_t i = 0; i < 4; ++i)
      declared_end += static_cast<size_t>(static_cast<uint8_t>(value[i])) << (8 * i);
  }
  if (walk.left() == 0) throw Damage{"it ends with its file meta information"};
  return walk.position();
}

/// Whether the first element names its type. Headers say otherwise at times, or nothing at all.
bool names_types(std::string_view data) {
  return data.size() >= 6 && data[4] >= 'A' && data[4] <= 'Z' && data[5] >= 'A' && data[5] <= 'Z';
}

void walk_file(DicomFile& file, std::string_view bytes) {
  std::string_view data = bytes.substr(walk_meta(file, bytes));
  file.transfer_syntax = file.text(tags::kTransferSyntax);
  if (file.transfer_syntax == kDeflatedSyntax) {
    const auto inflated = std::make_shared<std::string>();
    const std::string problem = inflate_raw(data, kMostInflatedBytes, *inflated);
    if (!problem.empty()) throw Damage{problem};
    file.inflated = inflated;
    data = *inflated;
    if (data.empty()) throw Damage{"its data set is empty"};
  }
  file.is_big_endian = file.transfer_syntax == "1.2.840.10008.1.2.2";
  file.is_explicit = names_types(data);
  walk_data_set(file, Walk(data, {file.is_explicit, file.is_big_endian}));
}

/// Files of before 1993, and those of some converters, begin with the first element.
bool begins_with_an_element(std::string_view bytes) {
  if (bytes.size() < 8 || bytes[1] != '\0' || bytes[3] != '\0') return false;
  if ((bytes[0] != 8 && bytes[0] != 2) || static_cast<uint8_t>(bytes[2]) > 0x70) return false;
  if (names_types(bytes)) return true;
  return bytes[5] == '\0' && bytes[6] == '\0' && bytes[7] == '\0';
}

}  // namespace

std::string DicomFile::text(DicomTag tag) const {
  const auto found = values.find(tag);
  std::string value(found == values.end() ? std::string_view() : found->second);
  value.erase(0, value.find_first_not_of(' '));
  value.erase(value.find_last_not_of(std::string_view(" \0", 2)) + 1);
  return value;
}

std::optional<uint16_t> DicomFile::number(DicomTag tag) const {
  const auto found = values.find(tag);
  if (found == values.end() || found->second.size() != 2) return std::nullopt;
  const auto first = static_cast<uint8_t>(found->second[0]);
  const auto second = static_cast<uint8_t>(found->second[1]);
  return static_cast<uint16_t>(is_big_endian ? first << 8U | second : second << 8U | first);
}

std::optional<DicomFile> walk_dicom(std::string_view bytes) {
  const bool has_preamble = bytes.size() >= kPreamble + 4 && bytes.substr(kPreamble, 4) == "DICM";
  if (!has_preamble && !begins_with_an_element(bytes)) return std::nullopt;
  DicomFile file;
  try {
    walk_file(file, has_preamble ? bytes.substr(kPreamble + 4) : bytes);
  } catch (const Damage& damage) {
    file.damage = damage.what;
  }
  return file;
}

}  // namespace nmsw::datasets
