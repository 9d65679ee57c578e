#include <algorithm>
#include <cmath>
#include <string>

#include "datasets/phantoms/phantom_scene.h"

namespace nmsw::datasets {
namespace {

/// A vertebral body: a slab of elliptic cross-section that leans with the spine's curve.
void paint_vertebral_body(PhantomScene& scene, const Vertebra& v, const Material& bone) {
  const float slope = (spine_y(v.z + 12) - spine_y(v.z - 12)) / 24;
  const float norm = 1 / std::sqrt(1 + slope * slope);
  const Point centre{0, spine_y(v.z), v.z};
  const Point reach{v.half_width, v.half_depth + 4, v.half_height + 0.5f * v.half_depth};
  scene.canvas.paint(centre - reach, centre + reach, bone, [&](const Point& p) {
    const Point q = p - centre;
    const float along = (q[2] + slope * q[1]) * norm;
    const float across = (q[1] - slope * q[2]) * norm;
    const float a = q[0] / v.half_width, b = across / v.half_depth;
    const float ring = (std::sqrt(a * a + b * b) - 1) * v.half_depth;
    const float slab = std::abs(along) - v.half_height;
    return std::max(ring, slab);
  });
}

/// The arch behind the canal with its processes; they differ by region as in people, not by
/// brightness.
void paint_vertebral_arch(PhantomScene& scene, const Vertebra& v, const Material& bone) {
  PhantomCanvas& canvas = scene.canvas;
  const float y = spine_y(v.z);
  const float back = y - v.half_depth - 9;
  const float height = v.half_height * 0.72f;
  canvas.ellipsoid({0, back, v.z - 2}, {v.half_width * 0.62f + 7, 15, height + 2}, bone);
  const float thick = height * 0.62f;
  for (const float side : {-1.0f, 1.0f}) {
    const Point root{side * (v.half_width * 0.5f + 4), back + 4, v.z};
    const Point tip{side * v.transverse, back - 4, v.z + 1};
    canvas.tube({{root, thick}, {tip, thick * 0.85f}}, bone);
  }
  canvas.tube({{{0, back - 10, v.z - 3}, thick},
               {{0, back - 10 - v.spinous * 0.75f, v.z - 3 - v.drop}, thick * 0.9f}},
              bone);
}

void paint_sacrum(PhantomScene& scene, const Material& bone) {
  const Point centre{0, spine_y(-138), -138};
  const Point reach{46, 46, 46};
  // A wedge that narrows downwards and follows the curve of the sacrum.
  scene.canvas.paint(centre - reach, centre + reach, bone, [&](const Point& p) {
    const float t = (p[2] + 108) / -68;  // 0 at its top, 1 at its tip
    const float half_width = 44 - 24 * t;
    const float half_depth = 19 - 8 * t;
    const float a = p[0] / half_width;
    const float b = (p[1] - spine_y(p[2])) / half_depth;
    const float ring = (std::sqrt(a * a + b * b) - 1) * half_depth;
    return std::max({ring, p[2] + 108, -176 - p[2]});
  });
}

}  // namespace

void paint_spine(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const auto& table = vertebra_table();
  std::vector<TubePoint> discs, canal;
  for (float z = -150; z < 530; z += 15) {
    canal.push_back({{0, spine_y(z) - 24 + 0.012f * z, z}, 8});
  }
  for (const Vertebra& v : table) {
    if (v.name != std::string("C1"))
      discs.push_back({{0, spine_y(v.z), v.z}, v.half_depth * 0.95f});
  }
  // The long muscles behind and beside the spine, then discs, bones and the canal.
  for (const float side : {-1.0f, 1.0f}) {
    std::vector<TubePoint> back, psoas;
    for (float z = -160; z < 500; z += 30) {
      const float radius = z < 100 ? 26 : z < 380 ? 26 - (z - 100) * 0.035f : 17;
      back.push_back({{side * (radius + 8), spine_y(z) - 44 + 0.03f * z, z}, radius});
    }
    for (float z = 75; z > -170; z -= 20) {
      const float t = (75 - z) / 245;
      psoas.push_back(
          {{side * (28 + 45 * t), spine_y(z) + 4 + 70 * t * t, z}, 9 + 15 * std::min(1.0f, 2 * t)});
    }
    canvas.tube(back, {scene.tissue.muscle, 0, 8, 0});
    canvas.tube(psoas, {scene.tissue.muscle, 0, 5, 0});
  }
  canvas.tube(discs, {scene.tissue.disc, 0, 0, 0});
  paint_sacrum(scene, scene.material("sacrum", scene.tissue.bone, 35, 0.5f));
  for (const Vertebra& v : table) {
    const Material bone =
        scene.material(std::string("vertebrae_") + v.name, scene.tissue.bone, 35, 0.4f);
    paint_vertebral_arch(scene, v, bone);
    paint_vertebral_body(scene, v, bone);
  }
  canvas.tube(canal, {30, 0, 0, 0});
}

void paint_ribs(PhantomScene& scene) {
  const Material bone{scene.tissue.bone * 0.9f, 0, 20, 0};
  // Twelve pairs, T1 … T12: how far round the chest each goes, and how much it falls on the way,
  // changes steadily.
  for (int level = 1; level <= 12; ++level) {
    const Vertebra& v = vertebra_table()[18 - level];
    const BodySection section = body_section(v.z - 10);
    const float widen = level < 4 ? 0.42f + 0.11f * static_cast<float>(level) : 0.86f;
    const float half_width = section.half_width * widen - 8;
    const float half_depth = section.half_depth * (level < 3 ? 0.62f : 0.80f);
    const float reach = level <= 7    ? 2.75f
                        : level <= 10 ? 2.5f - 0.22f * static_cast<float>(level - 7)
                        : level == 11 ? 1.25f
                                      : 0.85f;
    const float fall = 20 + 4.5f * static_cast<float>(level);
    for (const float side : {-1.0f, 1.0f}) {
      std::vector<TubePoint> arc{
          {{side * v.half_width * 0.9f, spine_y(v.z) - v.half_depth, v.z}, 6}};
      for (float angle = 0.45f; angle < reach; angle += 0.27f) {
        const float y = section.middle_y - half_depth * std::cos(angle);
        arc.push_back({{side * half_width * std::sin(angle), y, v.z - fall * angle / 2.0f}, 5.5f});
      }
      scene.canvas.tube(arc, bone);
    }
  }
}

void paint_pelvis(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Material bone{scene.tissue.bone, 0, 30, 0};
  for (const float side : {-1.0f, 1.0f}) {
    canvas.ellipsoid({side * 88, -42, -72}, {9, 48, 50}, bone, {0.35f, side * 0.35f, side * 0.6f});
    canvas.ellipsoid({side * 96, 14, -62}, {9, 34, 40}, bone, {-0.3f, side * 0.3f, -side * 0.35f});
    canvas.tube(
        {{{side * 62, -52, -105}, 13}, {{side * 82, -10, -140}, 15}, {{side * 88, 4, -158}, 20}},
        bone);
    canvas.tube(
        {{{side * 66, 30, -160}, 9}, {{side * 22, 62, -180}, 10}, {{side * 6, 62, -195}, 9}}, bone);
    canvas.tube({{{side * 76, -16, -170}, 11}, {{side * 58, -42, -205}, 12}}, bone);
    // Gluteal muscle behind, then the joint: socket, cartilage, head of the femur.
    canvas.ellipsoid({side * 82, -84, -130}, {52, 26, 70}, {scene.tissue.muscle, 0, 10, 2});
    const float size = scene.size();
    const Point head = Point{side * 96, 2, -160} + scene.shift(0.25f);
    canvas.ellipsoid(head + Point{-side * 6, 0, 6}, Point{33, 33, 32} * size, bone);
    canvas.ellipsoid(head, Point{28, 28, 28} * size, {60, 0, 0, 0});
    const Material femur =
        scene.material(side < 0 ? "femur_left" : "femur_right", scene.tissue.bone * 0.8f, 25, 0);
    canvas.tube({{head + Point{side * 6, -4, -4}, 14}, {head + Point{side * 42, -12, -38}, 18}},
                bone);
    canvas.tube({{head + Point{side * 42, -12, -36}, 18}, {head + Point{side * 44, -10, -120}, 15}},
                bone);
    canvas.ellipsoid(head, Point{24, 24, 24} * size, femur);
  }
}

}  // namespace nmsw::datasets
