#include <cmath>
#include <string>

#include "datasets/phantoms/phantom_scene.h"

namespace nmsw::datasets {
namespace {

void paint_kidney(PhantomScene& scene, float side) {
  PhantomCanvas& canvas = scene.canvas;
  const std::string name = side < 0 ? "left" : "right";
  const Point centre = Point{side * 64, -36, side < 0 ? 44.0f : 30.0f} + scene.shift(0.8f);
  const float size = scene.size();
  const Point turn{0, side * 0.2f, -side * 0.3f};
  const Material cortex = scene.material("kidney_" + name, scene.tissue.kidney, 8, 1);
  canvas.ellipsoid(centre, Point{29, 26, 50} * size, cortex, turn);
  Material medulla = cortex;
  medulla.hu -= 60;
  canvas.ellipsoid(centre + Point{-side * 4, 2, 0}, Point{15, 13, 32} * size, medulla, turn);
  // The fatty sinus opens towards the spine.
  canvas.ellipsoid(centre + Point{-side * 22, 6, 0}, {12, 9, 16}, {scene.tissue.fat, 0, 0, 0});
  if (scene.random.chance(0.65)) {
    const auto pole = static_cast<float>(scene.random.uniform(-26, 30));
    const auto radius = static_cast<float>(scene.random.uniform(18, 25));
    const Point cyst =
        centre + Point{side * 24, static_cast<float>(scene.random.uniform(-14, 6)), pole};
    canvas.ellipsoid(cyst, {radius, radius, radius},
                     scene.material("kidney_cyst_" + name, scene.tissue.fluid - 5));
  }
  const Point gland = centre + Point{-side * 20, 12, 64 * size};
  const Material adrenal = scene.material("adrenal_gland_" + name, scene.tissue.adrenal, 6, 0.8f);
  canvas.ellipsoid(gland, {27, 28, 26}, {scene.tissue.fat, 0, 0, 0});
  canvas.ellipsoid(gland + Point{side * 5, 0, 0}, Point{18, 21, 19} * scene.size(), adrenal,
                   {0.3f, 0, side * 0.5f});
}

void paint_liver(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Point at = scene.shift(0.7f);
  const float size = scene.size();
  const Material liver = scene.material("liver", scene.tissue.liver, 6, 2);
  const auto left_lobe = static_cast<float>(scene.random.uniform(0.75, 1.15));
  canvas.ellipsoid(Point{78, 4, 100} + at, Point{62, 76, 72} * size, liver, {0, 0.2f, 0});
  canvas.ellipsoid(Point{8, 48, 128} + at, Point{66 * left_lobe, 34, 34} * size, liver,
                   {0, -0.15f, 0.1f});
  for (int i = 0; i < 4; ++i) {
    const Point way{static_cast<float>(scene.random.uniform(20, 70)),
                    static_cast<float>(scene.random.spread(45)),
                    static_cast<float>(scene.random.spread(40))};
    Material vein = liver;
    vein.hu += 40;
    canvas.tube({{Point{34, 0, 108} + at, 5}, {Point{34, 0, 108} + at + way, 2.5f}}, vein);
  }
  if (scene.random.chance(0.85)) {
    const Point bag = Point{52, 52, 48} + at + scene.shift(0.5f);
    canvas.ellipsoid(bag, Point{22, 24, 31} * scene.size(),
                     scene.material("gallbladder", scene.tissue.fluid), {0.4f, 0, 0});
  }
}

void paint_stomach(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Point at = scene.shift(0.8f);
  const float size = scene.size();
  const std::vector<TubePoint> body{{Point{-56, 6, 142} + at, 34 * size},
                                    {Point{-66, 22, 104} + at, 33 * size},
                                    {Point{-44, 46, 66} + at, 27 * size},
                                    {Point{6, 46, 56} + at, 19 * size}};
  std::vector<TubePoint> inside = body;
  for (TubePoint& point : inside) point.radius -= 7;
  canvas.tube(body, scene.material("stomach", scene.tissue.muscle + 50, 0, 1));
  canvas.tube(inside, scene.material("stomach", scene.tissue.stomach, 10));
  if (scene.random.chance(0.5)) {
    canvas.ellipsoid(Point{-60, 34, 122} + at, Point{18, 9, 18} * size,
                     scene.material("stomach", -850));
  }
}

}  // namespace

void paint_upper_abdomen(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  paint_liver(scene);
  const float spleen_size = scene.size();
  const Point spleen = Point{-106, -30, 104} + scene.shift(0.8f);
  canvas.ellipsoid(spleen, Point{30, 44, 48} * spleen_size,
                   scene.material("spleen", scene.tissue.spleen, 5, 1.5f), {0.4f, 0, 0.3f});
  for (const float side : {-1.0f, 1.0f}) paint_kidney(scene, side);
  paint_stomach(scene);
  const Point at = scene.shift(0.5f);
  const Point tail = scene.shift(0.6f);
  canvas.tube({{Point{20, 18, 36} + at, 11},
               {Point{-20, 14, 62} + at, 8},
               {Point{-72, -12, 78} + at + tail, 7}},
              scene.material("portal_vein_and_splenic_vein", scene.tissue.blood - 20));
  canvas.tube({{Point{30, 24, 26} + at, 22},
               {Point{6, 30, 46} + at, 17},
               {Point{-36, 14, 60} + at, 16},
               {Point{-76, -6, 72} + at + tail, 14}},
              scene.material("pancreas", scene.tissue.pancreas, 14, 1.5f));
  const float width = 15 * scene.size();
  canvas.tube({{Point{28, 42, 58} + at, width},
               {Point{60, 26, 46} + at, width},
               {Point{64, 16, 4} + at, width},
               {Point{42, 8, -22} + at, width},
               {Point{-8, 6, -18} + at, width}},
              scene.material("duodenum", scene.tissue.duodenum, 8, 0.8f));
}

void paint_bowel(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Material loops = scene.material("small_bowel", scene.tissue.bowel, 22, 1.2f);
  const Point middle = Point{-4, 36, -58} + scene.shift(0.7f);
  const float size = scene.size();
  for (int loop = 0; loop < 6; ++loop) {
    std::vector<TubePoint> path;
    const float z = -34.0f + 13.0f * static_cast<float>(loop);
    for (int i = 0; i < 5; ++i) {
      const float x = (loop % 2 == 0 ? 1.0f : -1.0f) * (-58.0f + 29.0f * static_cast<float>(i));
      path.push_back({middle + Point{x * size, static_cast<float>(scene.random.uniform(-20, 20)),
                                     z * size + static_cast<float>(scene.random.spread(8))},
                      14});
    }
    canvas.tube(path, loops);
  }
  const Point right = scene.shift(0.7f), across = scene.shift(0.9f), left = scene.shift(0.7f);
  const float width = 22 * scene.size();
  Material wall = scene.material("colon", scene.tissue.muscle + 20);
  Material content = scene.material("colon", scene.tissue.colon, 75);
  const std::vector<TubePoint> path{
      {Point{96, 10, -96} + right, width + 4}, {Point{104, 2, -40} + right, width + 2},
      {Point{102, 4, 14} + right, width},      {Point{62, 62, 2} + across, width - 2},
      {Point{0, 72, -8} + across, width - 2},  {Point{-64, 62, 14} + across, width - 2},
      {Point{-108, 14, 38} + left, width - 2}, {Point{-112, -8, -30} + left, width - 4},
      {Point{-104, 0, -88} + left, width - 4}, {Point{-58, 22, -112}, width - 4},
      {Point{-20, -2, -104}, width - 4}};
  std::vector<TubePoint> inside = path;
  for (TubePoint& point : inside) point.radius -= 4;
  canvas.tube(path, wall);
  canvas.tube(inside, content);
}

void paint_pelvic_organs(PhantomScene& scene) {
  PhantomCanvas& canvas = scene.canvas;
  const Point at = scene.shift(0.4f);
  const float filling = scene.size() * scene.size();
  canvas.ellipsoid(Point{0, 30, -142} + at, Point{42, 32, 30} * filling,
                   scene.material("urinary_bladder", scene.tissue.fluid, 0, 1));
  canvas.ellipsoid(Point{0, 20, -186} + at, Point{28, 24, 20} * scene.size(),
                   scene.material("prostate", scene.tissue.prostate, 6, 0.6f));
  const Material rectum = scene.material("rectum", scene.tissue.colon + 60, 40, 1);
  canvas.tube({{Point{-12, -14, -112}, 18},
               {Point{0, -36, -130} + at, 20},
               {Point{0, -34, -165} + at, 20},
               {Point{0, -28, -205} + at, 16}},
              rectum);
}

}  // namespace nmsw::datasets
