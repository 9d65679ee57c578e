#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/phantoms/phantom_scene.h"

namespace nmsw::datasets {
namespace {

/// Distance to the trunk's outline: between an ellipse and a rounded box, to first order.
float outline_distance(const BodySection& section, const Point& p) {
  const float a = p[0] / section.half_width;
  const float b = (p[1] - section.middle_y) / section.half_depth;
  const float a2 = a * a, b2 = b * b;
  const float round = std::sqrt(a2 + b2);
  const float square = std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
  return (0.55f * round + 0.45f * square - 1) * std::min(section.half_width, section.half_depth);
}

/// Blends from `outer` to `inner` as `distance` falls below `at`.
float blend(float value, float inner, float distance, float at, float softness) {
  const float t = std::min(1.0f, std::max(0.0f, 0.5f - (distance - at) * 0.5f / softness));
  return value + t * (inner - value);
}

}  // namespace

void paint_body(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  constexpr int kSteps = 1200;
  constexpr float kLow = -500;
  std::array<BodySection, kSteps> sections{};
  for (int i = 0; i < kSteps; ++i) sections[i] = body_section(kLow + static_cast<float>(i));
  const auto fat = static_cast<float>(scene.random.uniform(6, 24));
  const auto wall = static_cast<float>(scene.random.uniform(10, 15));
  const float soft = canvas.softness_mm();
  for (int64_t i = 0; i < canvas.voxel_count(); ++i) {
    const Point p = canvas.point(i);
    const int row = std::min(kSteps - 1, std::max(0, static_cast<int>(p[2] - kLow)));
    const float d = outline_distance(sections[row], p) + 1.2f * canvas.smooth(i);
    if (d > soft) continue;
    // Skin, fat under it (thin at the neck), the muscle of the wall, and the fat between the
    // organs.
    const float neck = std::min(1.0f, std::max(0.0f, (p[2] - 350) / 40));
    const float under_skin = -(fat * (1 - 0.7f * neck) + 3);
    float hu = blend(-1000, 15, d, 0, soft);
    hu = blend(hu, scene.tissue.fat, d, -3, soft);
    hu = blend(hu, scene.tissue.muscle + 6 * canvas.smooth(i), d, under_skin, soft);
    hu =
        blend(hu, scene.tissue.fat + 8 * canvas.smooth(i), d, under_skin - wall - 300 * neck, soft);
    canvas.set(i, hu);
  }
}

void paint_head_and_shoulders(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const float bone = scene.tissue.bone;
  const Material shell{bone * 1.8f, 0, 0, 0};
  canvas.ellipsoid({0, 6, 620}, {70, 88, 82}, shell);
  canvas.ellipsoid({0, 6, 620}, {60, 78, 72}, {35, 0, 6, 0});
  canvas.ellipsoid({0, 48, 572}, {22, 28, 26}, {-600, 0, 0, 0});
  canvas.tube({{{48, 12, 545}, 7},
               {{42, 48, 505}, 8},
               {{0, 74, 492}, 9},
               {{-42, 48, 505}, 8},
               {{-48, 12, 545}, 7}},
              {bone * 1.6f, 0, 0, 0});
  for (const float side : {-1.0f, 1.0f}) {
    canvas.tube({{{side * 10, 26, 372}, 7}, {{side * 70, 6, 392}, 7}, {{side * 125, -22, 384}, 8}},
                {bone, 0, 30, 0});
    canvas.ellipsoid({side * 146, -24, 358}, {26, 26, 26}, {bone, 0, 30, 0});
    canvas.tube(
        {{{side * 120, -48, 380}, 8}, {{side * 100, -80, 330}, 8}, {{side * 95, -84, 255}, 6}},
        {bone * 0.8f, 0, 20, 0});
    canvas.tube({{{side * 64, -72, 360}, 6}, {{side * 92, -86, 268}, 6}}, {bone * 0.8f, 0, 20, 0});
  }
  const auto sternum_top = static_cast<float>(scene.random.uniform(335, 345));
  canvas.tube({{{0, 68, sternum_top}, 9}, {{0, 86, 270}, 8}, {{0, 92, 190}, 8}},
              {bone * 0.7f, 0, 20, 0});
}

}  // namespace nmsw::datasets
