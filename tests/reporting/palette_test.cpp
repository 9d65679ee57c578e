#include "reporting/palette.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "reporting/page_text.h"
#include "reporting/picture.h"
#include "tests/support/colour_sight.h"

namespace nmsw::reporting {
namespace {

using testing::cielab;
using testing::product;
using testing::Triple;

constexpr double kPi = 3.14159265358979323846;

Triple linear_light(const std::string& colour) {
  const Rgb rgb = rgb_of(colour);
  return testing::linear_light({static_cast<uint8_t>(rgb >> 16U), static_cast<uint8_t>(rgb >> 8U),
                                static_cast<uint8_t>(rgb)});
}

double radians(double degrees) { return degrees * kPi / 180; }
double hue_of(double a, double b) {
  if (a == 0 && b == 0) return 0;
  const double degrees = std::atan2(b, a) * 180 / kPi;
  return degrees < 0 ? degrees + 360 : degrees;
}
double seventh_root_share(double chroma) {
  const double seventh = std::pow(chroma, 7);
  return std::sqrt(seventh / (seventh + std::pow(25.0, 7)));
}

/// Sharma, Wu and Dalal (2005), equations 2 to 22.
double ciede2000(const Triple& x, const Triple& y) {
  const double chroma = (std::hypot(x[1], x[2]) + std::hypot(y[1], y[2])) / 2;
  const double stretch = 1 + 0.5 * (1 - seventh_root_share(chroma));
  const double a1 = stretch * x[1], a2 = stretch * y[1];
  const double c1 = std::hypot(a1, x[2]), c2 = std::hypot(a2, y[2]);
  const double h1 = hue_of(a1, x[2]), h2 = hue_of(a2, y[2]);
  const bool is_grey = c1 * c2 == 0;
  double turn = is_grey ? 0 : h2 - h1;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  const double dl = y[0] - x[0], dc = c2 - c1;
  const double dh = 2 * std::sqrt(c1 * c2) * std::sin(radians(turn) / 2);
  const double l = (x[0] + y[0]) / 2, c = (c1 + c2) / 2;
  double h = is_grey ? h1 + h2 : (h1 + h2) / 2;
  if (!is_grey && std::fabs(h1 - h2) > 180) h += h1 + h2 < 360 ? 180 : -180;
  const double t = 1 - 0.17 * std::cos(radians(h - 30)) + 0.24 * std::cos(radians(2 * h)) +
                   0.32 * std::cos(radians(3 * h + 6)) - 0.20 * std::cos(radians(4 * h - 63));
  const double from_50 = (l - 50) * (l - 50);
  const double sl = 1 + 0.015 * from_50 / std::sqrt(20 + from_50);
  const double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const double theta = 30 * std::exp(-std::pow((h - 275) / 25, 2));
  const double rotation = -std::sin(radians(2 * theta)) * 2 * seventh_root_share(c);
  return std::sqrt(std::pow(dl / sl, 2) + std::pow(dc / sc, 2) + std::pow(dh / sh, 2) +
                   rotation * dc / sc * dh / sh);
}

/// Pairs 1, 4, 7, 9, 17 and 25 of the table of Sharma, Wu and Dalal.
TEST(Ciede2000, IsWhatItsTestDataSay) {
  EXPECT_NEAR(ciede2000({50, 2.6772, -79.7751}, {50, 0, -82.7485}), 2.0425, 5e-5);
  EXPECT_NEAR(ciede2000({50, -1.3802, -84.2814}, {50, 0, -82.7485}), 1.0000, 5e-5);
  EXPECT_NEAR(ciede2000({50, 0, 0}, {50, -1, 2}), 2.3669, 5e-5);
  EXPECT_NEAR(ciede2000({50, 2.49, -0.001}, {50, -2.49, 0.0009}), 7.1792, 5e-5);
  EXPECT_NEAR(ciede2000({50, 2.5, 0}, {73, 25, -18}), 27.1492, 5e-5);
  EXPECT_NEAR(ciede2000({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}), 1.2644, 5e-5);
}

TEST(SeriesColours, AreToldApartByThoseWhoCannotTellRedFromGreen) {
  for (const auto& [name, seen] : testing::kSights) {
    if (name == std::string("tritanopia")) continue;  // blue from yellow, not red from green
    for (auto* const colour : {&series_colour, &dark_series_colour}) {
      for (size_t a = 0; a < series_colour_count(); ++a) {
        for (size_t b = 0; b < a; ++b) {
          EXPECT_GE(ciede2000(cielab(product(seen, linear_light(colour(a)))),
                              cielab(product(seen, linear_light(colour(b))))),
                    15)
              << name << ": " << colour(a) << " and " << colour(b);
        }
      }
    }
  }
}

/// WCAG 2.2, "contrast ratio".
double contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const std::string& colour) {
    const Triple light = linear_light(colour);
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  };
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

/// The colours that the page's style names, those of the light ground and those of the dark one.
std::array<std::map<std::string, std::string>, 2> themes() {
  const std::string style = page_style();
  const size_t dark = style.find("@media (prefers-color-scheme: dark)");
  EXPECT_NE(dark, std::string::npos);
  std::array<std::map<std::string, std::string>, 2> found;
  const std::regex variable("--([a-z-]+): (#[0-9a-f]{6});");
  for (std::sregex_iterator at(style.begin(), style.end(), variable), end; at != end; ++at)
    found[static_cast<size_t>(at->position()) > dark ? 1 : 0][(*at)[1]] = (*at)[2];
  return found;
}

TEST(PageStyle, HasTheContrastOfWcagLevelAa) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> texts{
      {"ink", {"ground", "card", "stripe", "best"}},
      {"soft", {"ground", "card", "stripe"}},
      {"accent", {"ground", "card", "stripe"}},
      {"good", {"best", "stripe"}},
      {"bad", {"bad-ground", "stripe"}},
      {"warn", {"warn-ground", "stripe"}}};
  for (auto& theme : themes()) {
    ASSERT_GE(theme.size(), 12u);
    for (const auto& [text, grounds] : texts) {
      for (const char* ground : grounds)
        EXPECT_GE(contrast(theme.at(text), theme.at(ground)), 4.5) << text << " on " << ground;
    }
    EXPECT_GE(contrast(theme.at("rule"), theme.at("card")), 3) << "borders of controls";
  }
}

TEST(SeriesColours, StandOutFromTheirGrounds) {
  const auto grounds = themes();
  for (size_t i = 0; i < series_colour_count(); ++i) {
    EXPECT_GE(contrast(series_colour(i), grounds[0].at("card")), 3) << series_colour(i);
    EXPECT_GE(contrast(dark_series_colour(i), grounds[1].at("card")), 3) << dark_series_colour(i);
  }
}

}  // namespace
}  // namespace nmsw::reporting
