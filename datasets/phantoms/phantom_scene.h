#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/phantoms/phantom_canvas.h"
#include "datasets/phantoms/phantom_random.h"

namespace nmsw::datasets {

/// Which class index each anatomical structure gets; structures are named as TotalSegmentator names
/// them.
class StructureLabels {
 public:
  /// Classes may carry the names of WORD or of TotalSegmentator. ConfigError for a class the
  /// phantom has not.
  explicit StructureLabels(const std::vector<std::string>& classes);
  /// 0 where the structure is background in this task.
  int operator[](const std::string& structure) const {
    const auto found = index_.find(structure);
    return found == index_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, int> index_;
};

/// HU of one patient's tissues: nominal values shifted by the patient's contrast phase and by
/// chance.
struct Tissues {
  float fat, muscle, bone, disc, blood, liver, spleen, kidney, pancreas, stomach, duodenum, bowel,
      colon, fluid, adrenal, esophagus, thyroid, prostate, lung;
};
Tissues draw_tissues(PhantomRandom& random);

/// What the painters of the body's parts work on.
struct PhantomScene {
  PhantomCanvas& canvas;
  PhantomRandom& random;
  const StructureLabels& labels;
  Tissues tissue;
  /// Largest displacement of an organ against the skeleton, and largest relative change of its
  /// size.
  float shift_mm;
  float growth;

  Point shift() { return shift(1); }
  Point shift(float share) {
    const double s = shift_mm * share;
    const auto draw = [&] { return static_cast<float>(random.spread(s)); };
    const float x = draw(), y = draw(), z = draw();
    return {x, y, z};
  }
  float size() { return static_cast<float>(1 + random.spread(growth)); }
  Material material(const std::string& structure, float hu, float texture = 0,
                    float bump = 0) const {
    return {hu, labels[structure], texture, bump};
  }
};

/// Height (mm) of a vertebra's middle and its half height, by TotalSegmentator's name without
/// "vertebrae_".
struct Vertebra {
  const char* name;
  float z;
  float half_height;
  /// Half width and half depth of the body, reach of the transverse processes, length and drop of
  /// the spinous one.
  float half_width, half_depth, transverse, spinous, drop;
};
const std::vector<Vertebra>& vertebra_table();

/// The spine's front-to-back position at a height (middle of the vertebral bodies).
float spine_y(float z);

/// Half width, half depth and middle of the trunk's cross-section at a height.
struct BodySection {
  float half_width, half_depth, middle_y;
};
BodySection body_section(float z);

// Painters, in the order in which they are called: each paints over those before it.
void paint_body(PhantomScene& scene);
void paint_chest(PhantomScene& scene);
void paint_head_and_shoulders(PhantomScene& scene);
void paint_spine(PhantomScene& scene);
void paint_ribs(PhantomScene& scene);
void paint_pelvis(PhantomScene& scene);
void paint_neck_organs(PhantomScene& scene);
void paint_upper_abdomen(PhantomScene& scene);
void paint_bowel(PhantomScene& scene);
void paint_pelvic_organs(PhantomScene& scene);
void paint_vessels(PhantomScene& scene);

}  // namespace nmsw::datasets
