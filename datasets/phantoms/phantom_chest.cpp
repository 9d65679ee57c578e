#include <algorithm>
#include <cmath>
#include <string>

#include "datasets/phantoms/phantom_scene.h"

namespace nmsw::datasets {
namespace {

/// Oblique fissure: positive above and in front of it (upper and middle lobe).
float above_oblique(const Point& p, float offset) {
  return (p[2] - 268 - offset) * 0.78f + (p[1] + 25) * 0.62f;
}
/// Horizontal fissure of the right lung: positive above it.
float above_horizontal(const Point& p, float offset) { return p[2] - 262 - offset; }

void paint_lung(PhantomScene& scene, float side, const Point& centre, const Point& radii) {
  const bool right = side > 0;
  const auto oblique = static_cast<float>(scene.random.spread(14));
  const auto horizontal = static_cast<float>(scene.random.spread(10));
  const Point low = centre - radii, high = centre + radii;
  const auto lobe = [&](const char* name, const auto& region) {
    Material material = scene.material(name, scene.tissue.lung, 40, 1.5f);
    scene.canvas.paint(low, high, material, [&](const Point& p) {
      const float lung = ellipsoid_distance(p - centre, radii);
      return lung > 12 ? lung : std::max(lung, region(p));
    });
  };
  if (right) {
    lobe("lung_upper_lobe_right", [&](const Point& p) {
      return -std::min(above_oblique(p, oblique), above_horizontal(p, horizontal));
    });
    lobe("lung_middle_lobe_right", [&](const Point& p) {
      return -std::min(above_oblique(p, oblique), -above_horizontal(p, horizontal));
    });
  } else {
    lobe("lung_upper_lobe_left", [&](const Point& p) { return -above_oblique(p, oblique); });
  }
  lobe(right ? "lung_lower_lobe_right" : "lung_lower_lobe_left",
       [&](const Point& p) { return above_oblique(p, oblique); });
  // The pleura shows between the lobes as a thin bright plate.
  scene.canvas.paint(low, high, {60, kKeepClass, 0, 0}, [&](const Point& p) {
    const float cleft = std::abs(above_oblique(p, oblique));
    const bool middle = right && above_oblique(p, oblique) > 0;
    const float plate = middle ? std::min(cleft, std::abs(above_horizontal(p, horizontal))) : cleft;
    return std::max(ellipsoid_distance(p - centre, radii), plate - 3.4f);
  });
}

void paint_lung_vessels(PhantomScene& scene, float side) {
  const Point hilum{side * 28, -8, 270};
  for (int branch = 0; branch < 7; ++branch) {
    const double angle = scene.random.uniform(-1.4, 1.4);
    const double lean = scene.random.uniform(-0.9, 0.9);
    const Point way{side * static_cast<float>(46 * std::cos(lean)),
                    static_cast<float>(50 * std::sin(lean)),
                    static_cast<float>(75 * std::sin(angle))};
    scene.canvas.tube({{hilum, 3.0f}, {hilum + way, 0.5f}}, {scene.tissue.blood, kKeepClass, 0, 0});
  }
}

}  // namespace

void paint_chest(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const float size = scene.size();
  const auto dome = static_cast<float>(scene.random.spread(8));
  paint_lung(scene, 1, {70, -6, 258}, {58 * size, 78 * size, 128 + dome});
  paint_lung(scene, -1, {-70, -6, 258}, {56 * size, 78 * size, 128 + dome});
  for (const float side : {-1.0f, 1.0f}) paint_lung_vessels(scene, side);
  // The heart and great vessels lie between the lungs, the apex to the patient's left.
  const Point heart = Point{-16, 26, 212} + scene.shift(0.6f);
  const float heart_size = scene.size();
  canvas.ellipsoid(heart, Point{60, 46, 44} * heart_size, {scene.tissue.muscle + 25, 0, 5, 2},
                   {0.2f, 0.25f, 0.4f});
  canvas.ellipsoid(heart + Point{-14, 4, -4}, Point{28, 22, 24} * heart_size,
                   {scene.tissue.blood, 0, 4, 1});
  canvas.ellipsoid(heart + Point{26, 4, 6}, Point{22, 20, 24} * heart_size,
                   {scene.tissue.blood - 20, 0, 4, 1});
}

void paint_neck_organs(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Point at = scene.shift(0.4f);
  const float size = scene.size();
  const auto fork = static_cast<float>(scene.random.uniform(284, 294));
  const std::vector<TubePoint> trachea{{Point{0, 10, 470} + at, 12 * size},
                                       {Point{0, 8, 420} + at, 13 * size},
                                       {Point{1, -4, 360} + at, 13 * size},
                                       {Point{3, -14, fork} + at, 13 * size}};
  std::vector<TubePoint> wall = trachea;
  for (TubePoint& point : wall) point.radius += 4;
  for (const float side : {-1.0f, 1.0f}) {
    const std::vector<TubePoint> bronchus{{trachea.back().at, 9},
                                          {Point{side * 34, -14, fork - 24} + at, 7}};
    canvas.tube({{bronchus[0].at, 12}, {bronchus[1].at, 10}}, {40, 0, 0, 0});
    canvas.tube(bronchus, {-950, 0, 0, 0});
  }
  canvas.tube(wall, {70, 0, 0, 0});
  canvas.tube(trachea, scene.material("trachea", -960));
  canvas.tube({{Point{0, 12, 468} + at, 13}, {Point{0, 20, 520} + at, 14}}, {-900, 0, 0, 0});

  const Material thyroid = scene.material("thyroid_gland", scene.tissue.thyroid, 10, 0.8f);
  const Point gland = at + Point{0, 14, 418} + scene.shift(0.3f);
  const float gland_size = scene.size();
  for (const float side : {-1.0f, 1.0f}) {
    canvas.ellipsoid(gland + Point{side * 23, 0, 2}, Point{14, 16, 28} * gland_size, thyroid);
    // Carotid and jugular beside it.
    canvas.tube({{{side * 44, 0, 360}, 7}, {{side * 42, 0, 500}, 7}},
                {scene.tissue.blood, 0, 0, 0});
  }
  canvas.tube({{gland + Point{-20, 13, -8}, 7}, {gland + Point{20, 13, -8}, 7}}, thyroid);

  const Material gullet = scene.material("esophagus", scene.tissue.esophagus, 12, 0.8f);
  const float width = 13 * scene.size();
  std::vector<TubePoint> esophagus;
  for (float z = 455; z > 180; z -= 25) {
    const float spine = spine_y(z) + (z > 380 ? 13.0f : 16.0f) + 14;
    esophagus.push_back(
        {{-6 + 0.5f * at[0], std::min(spine, -16 + 0.4f * (z > 400 ? z - 400 : 0.0f)), z}, width});
  }
  esophagus.push_back({{-14, -22, 165}, width});
  esophagus.push_back({{-34, -10, 128}, width});
  canvas.tube(esophagus, {scene.tissue.fat, 0, 0, 0});
  canvas.tube(esophagus, gullet);
  // A little air marks its lumen.
  for (TubePoint& point : esophagus) point.radius *= 0.4f;
  canvas.tube(esophagus, {-260, gullet.class_index, 60, 0});
}

void paint_vessels(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const float width = 11 * scene.size();
  std::vector<TubePoint> aorta{{{6, 14, 240}, width + 2},
                               {{10, 18, 285}, width + 2},
                               {{-2, 4, 308}, width + 1},
                               {{-18, -18, 306}, width + 1}};
  for (float z = 285; z > -35; z -= 20) {
    const float left = z > 120 ? -24.0f : -24 + (120 - z) * 0.12f;
    aorta.push_back({{left, spine_y(z) + 22 + (z > 140 ? 0.0f : 6.0f), z}, width});
  }
  canvas.tube(aorta, scene.material("aorta", scene.tissue.blood, 4));
  std::vector<TubePoint> cava;
  for (float z = 185; z > -45; z -= 20) cava.push_back({{20, spine_y(z) + 32, z}, 11});
  canvas.tube(cava, scene.material("inferior_vena_cava", scene.tissue.blood - 45, 4));
  for (const float side : {-1.0f, 1.0f}) {
    canvas.tube({{{side * 4, spine_y(-35) + 28, -35}, 8},
                 {{side * 52, -2, -110}, 8},
                 {{side * 72, 48, -165}, 8}},
                {scene.tissue.blood - 10, 0, 0, 0});
  }
}

}  // namespace nmsw::datasets
