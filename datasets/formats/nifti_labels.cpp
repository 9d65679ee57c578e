#include "datasets/formats/nifti_labels.h"

#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "nmsw/base/class_colour.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

constexpr int32_t kCaretCode = 30;
constexpr size_t kNumbersBytes = 8;  // the extension's size and code
constexpr size_t kUnit = 16;

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

/// The name as character data; the two that Unicode has no characters for are none in XML either.
std::string cdata(const std::string& name) {
  std::string text = printable_word(name);
  replace_all(text, "\xef\xbf\xbe", "\\xfffe");
  replace_all(text, "\xef\xbf\xbf", "\\xffff");
  replace_all(text, "]]>", "]]]]><![CDATA[>");
  return "<![CDATA[" + text + "]]>";
}

std::string label_table(const std::vector<std::string>& classes) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CaretExtension>\n<VolumeInformation "
      "Index=\"0\">\n<LabelTable>\n";
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto [red, green, blue] = class_colour(static_cast<int64_t>(i) + 1);
    text += fmt::format(
        "<Label Key=\"{}\" Red=\"{:.6f}\" Green=\"{:.6f}\" Blue=\"{:.6f}\" Alpha=\"1\">{}"
        "</Label>\n",
        i + 1, red / 255.0, green / 255.0, blue / 255.0, cdata(classes[i]));
  }
  return text +
         "</LabelTable>\n<StudyMetaDataLinkSet>\n</StudyMetaDataLinkSet>\n"
         "<VolumeType><![CDATA[Label]]></VolumeType>\n</VolumeInformation>\n</CaretExtension>\n";
}

void append_number(std::string& bytes, int32_t number) {
  char copy[sizeof(number)];
  std::memcpy(copy, &number, sizeof(number));
  bytes.append(copy, sizeof(number));
}

}  // namespace

std::string nifti_label_extension(const std::vector<std::string>& classes) {
  if (classes.empty()) return {};
  std::string content = label_table(classes);
  const size_t size = (kNumbersBytes + content.size() + kUnit) / kUnit * kUnit;
  content.resize(size - kNumbersBytes, '\0');
  std::string bytes;
  append_number(bytes, static_cast<int32_t>(size));
  append_number(bytes, kCaretCode);
  return bytes + content;
}

}  // namespace nmsw::datasets
