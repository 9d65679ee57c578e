#include "datasets/formats/label_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "nmsw/base/class_colour.h"

namespace nmsw::datasets {
namespace {

bool is_blank_or_control(unsigned char letter) { return letter <= ' ' || letter == 0x7f; }

}  // namespace

std::string slicer_table(const std::vector<std::string>& classes) {
  std::string text =
      "# 3D Slicer colour table: index name red green blue alpha\n0 background 0 0 0 0\n";
  for (size_t i = 0; i < classes.size(); ++i) {
    std::string name = classes[i].empty() ? "_" : classes[i];
    std::replace_if(name.begin(), name.end(), is_blank_or_control, '_');
    const auto colour = class_colour(static_cast<int64_t>(i) + 1);
    text += fmt::format("{} {} {} {} {} 255\n", i + 1, name, colour[0], colour[1], colour[2]);
  }
  return text;
}

std::string itksnap_table(const std::vector<std::string>& classes) {
  std::string text =
      "# ITK-SNAP label description: index red green blue alpha visible mesh name\n"
      "    0     0    0    0        0  0  0    \"Clear Label\"\n";
  for (size_t i = 0; i < classes.size(); ++i) {
    std::string name = classes[i];
    std::replace(name.begin(), name.end(), '"', '\'');
    std::replace_if(name.begin(), name.end(), is_blank_or_control, ' ');
    const auto colour = class_colour(static_cast<int64_t>(i) + 1);
    text += fmt::format("{:5} {:5} {:4} {:4}        1  1  1    \"{}\"\n", i + 1, colour[0],
                        colour[1], colour[2], name);
  }
  return text;
}

}  // namespace nmsw::datasets
