#include "datasets/formats/label_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace {

bool is_blank_or_control(unsigned char letter) { return letter <= ' ' || letter == 0x7f; }

}  // namespace

std::array<uint8_t, 3> class_color(const std::string& class_name) {
  // Hue, saturation and value from the name; dark and pale colours are left out, they vanish on an
  // image.
  uint64_t state = derive_seed(0, {"class colour", class_name});
  const double hue = 6 * next_uniform(state);
  const double saturation = 0.55 + 0.4 * next_uniform(state);
  const double value = 0.7 + 0.3 * next_uniform(state);
  const auto channel = [&](double shift) {
    const double k = std::fmod(hue + shift, 6.0);
    const double part = std::max(0.0, std::min({k, 4 - k, 1.0}));
    return static_cast<uint8_t>(std::lround(255 * value * (1 - saturation * part)));
  };
  return {channel(5), channel(3), channel(1)};
}

std::string slicer_table(const std::vector<std::string>& classes) {
  std::string text =
      "# 3D Slicer colour table: index name red green blue alpha\n0 background 0 0 0 0\n";
  for (size_t i = 0; i < classes.size(); ++i) {
    std::string name = classes[i].empty() ? "_" : classes[i];
    std::replace_if(name.begin(), name.end(), is_blank_or_control, '_');
    const auto color = class_color(classes[i]);
    text += fmt::format("{} {} {} {} {} 255\n", i + 1, name, color[0], color[1], color[2]);
  }
  return text;
}

void write_slicer_table(const std::filesystem::path& file,
                        const std::vector<std::string>& classes) {
  write_text_atomically(file, slicer_table(classes));
}

std::string itksnap_table(const std::vector<std::string>& classes) {
  std::string text =
      "# ITK-SNAP label description: index red green blue alpha visible mesh name\n"
      "    0     0    0    0        0  0  0    \"Clear Label\"\n";
  for (size_t i = 0; i < classes.size(); ++i) {
    std::string name = classes[i];
    std::replace(name.begin(), name.end(), '"', '\'');
    std::replace_if(name.begin(), name.end(), is_blank_or_control, ' ');
    const auto color = class_color(classes[i]);
    text += fmt::format("{:5} {:5} {:4} {:4}        1  1  1    \"{}\"\n", i + 1, color[0], color[1],
                        color[2], name);
  }
  return text;
}

void write_itksnap_table(const std::filesystem::path& file,
                         const std::vector<std::string>& classes) {
  write_text_atomically(file, itksnap_table(classes));
}

}  // namespace nmsw::datasets
