#include "datasets/formats/nrrd_geometry.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/formats/nrrd_axes.h"
#include "datasets/grid/geometry.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

struct NrrdSpace {
  Real3 to_lps{1, 1, 1};
  size_t dimension = 0;  ///< coordinates of a vector; 0 without a space
  bool in_patient = false;
};

struct NamedSpace {
  const char* name;
  const char* abbreviation;
  NrrdSpace space;
};

const std::array<NamedSpace, 10>& named_spaces() {
  static const std::array<NamedSpace, 10> spaces{
      {{"right-anterior-superior", "ras", {{-1, -1, 1}, 3, true}},
       {"left-anterior-superior", "las", {{1, -1, 1}, 3, true}},
       {"left-posterior-superior", "lps", {{1, 1, 1}, 3, true}},
       {"right-anterior-superior-time", "rast", {{-1, -1, 1}, 4, true}},
       {"left-anterior-superior-time", "last", {{1, -1, 1}, 4, true}},
       {"left-posterior-superior-time", "lpst", {{1, 1, 1}, 4, true}},
       {"scanner-xyz", "", {{1, 1, 1}, 3, false}},
       {"scanner-xyz-time", "", {{1, 1, 1}, 4, false}},
       {"3d-right-handed", "", {{1, 1, 1}, 3, false}},
       {"3d-right-handed-time", "", {{1, 1, 1}, 4, false}}}};
  return spaces;
}

NrrdSpace named_space(const HeaderFields& fields) {
  const std::string name = lower_case(fields.text("space"));
  if (name.rfind("3d-left-handed", 0) == 0) {
    fields.fail("space",
                "does not say which side of the patient is which (left-handed coordinates); name "
                "an anatomical space such as left-posterior-superior");
  }
  for (const NamedSpace& named : named_spaces()) {
    if (name == named.name || (name == named.abbreviation && !name.empty())) return named.space;
  }
  fields.fail("space", "is no space that NRRD knows");
}

NrrdSpace space_of(const HeaderFields& fields) {
  NrrdSpace space;
  if (fields.has("space")) space = named_space(fields);
  if (fields.has("space dimension")) {
    const auto dimension = static_cast<size_t>(fields.whole("space dimension", 1, 16));
    if (space.dimension > 0 && dimension != space.dimension)
      fields.fail("space dimension", "contradicts the space");
    space.dimension = dimension;
  }
  return space;
}

/// Drops the time of vectors in a space with time. An axis of time alone has no direction then.
void drop_time(const HeaderFields& fields, std::vector<NrrdAxis>& axes) {
  for (NrrdAxis& axis : axes) {
    if (axis.direction.size() != 4) continue;
    const bool moves = axis.direction[0] != 0 || axis.direction[1] != 0 || axis.direction[2] != 0;
    if (moves && axis.direction[3] != 0)
      fields.fail("space directions", "mixes space and time along one axis");
    axis.direction.resize(moves ? 3 : 0);
  }
}

double mm_of(const std::string& unit, const HeaderFields& fields, const char* key) {
  const std::string name = lower_case(trimmed(unit));
  static const std::array<std::pair<const char*, double>, 17> units{{{"", 1},
                                                                     {"none", 1},
                                                                     {"???", 1},
                                                                     {"mm", 1},
                                                                     {"millimeter", 1},
                                                                     {"millimeters", 1},
                                                                     {"millimetre", 1},
                                                                     {"millimetres", 1},
                                                                     {"cm", 10},
                                                                     {"m", 1000},
                                                                     {"meter", 1000},
                                                                     {"um", 1e-3},
                                                                     {"µm", 1e-3},
                                                                     {"micron", 1e-3},
                                                                     {"microns", 1e-3},
                                                                     {"micrometer", 1e-3},
                                                                     {"nm", 1e-6}}};
  for (const auto& [known, mm] : units) {
    if (name == known) return mm;
  }
  fields.fail(key, "is no unit of length known here (mm, cm, m, um, nm)");
}

/// Millimetres of the unit that all coordinates share.
double mm_of_space(const HeaderFields& fields, const NrrdSpace& space) {
  if (!fields.has("space units")) return 1;
  std::vector<std::string> units = nrrd_quoted_words(fields, "space units");
  if (units.size() != space.dimension)
    fields.fail("space units", "does not give one unit for each dimension of the space");
  units.resize(std::min<size_t>(3, units.size()));  // a fourth measures time
  const double mm = mm_of(units.at(0), fields, "space units");
  for (const std::string& unit : units) {
    if (mm_of(unit, fields, "space units") != mm)
      fields.fail("space units", "mixes units; write one for all");
  }
  return mm;
}

/// The origin in the header's space; absent or wholly NaN, which stands for unknown, it is zero.
std::vector<double> space_origin(const HeaderFields& fields, const NrrdSpace& space,
                                 std::vector<std::string>& notes) {
  std::vector<double> origin(space.dimension, 0.0);
  bool unknown = !fields.has("space origin");
  if (!unknown) {
    const auto vectors = nrrd_vectors(fields, "space origin");
    if (vectors.size() != 1 || (!vectors[0].empty() && vectors[0].size() != space.dimension))
      fields.fail("space origin", "is not one vector of the space's dimension");
    unknown =
        std::all_of(vectors[0].begin(), vectors[0].end(), [](double x) { return std::isnan(x); });
    if (!unknown) origin = vectors[0];
  }
  if (!std::all_of(origin.begin(), origin.end(), [](double x) { return std::isfinite(x); }))
    fields.fail("space origin", "holds values that are not finite");
  if (unknown) {
    notes.push_back(
        fmt::format("{}: gives no space origin; its first voxel is taken as at 0", fields.file()));
  }
  return origin;
}

/// An axis with a direction must not tell its spacing otherwise, nor a place.
void require_agreement(const NrrdAxis& axis, double length, const HeaderFields& fields) {
  constexpr double kRounding = 1e-3;
  if (std::isfinite(axis.spacing) && std::abs(axis.spacing - length) > kRounding * length)
    fields.fail("spacings", "contradicts the space directions");
  if (std::isfinite(axis.least) || std::isfinite(axis.most)) {
    fields.fail(std::isfinite(axis.least) ? "axis mins" : "axis maxs",
                "stands beside space directions, which tell the place already");
  }
}

/// A direction for an image of one slice: at right angles to the two it has.
void add_third_axis(Geometry& geometry) {
  auto& d = geometry.direction_lps;
  for (size_t row = 0; row < 3; ++row) {
    const size_t r1 = (row + 1) % 3, r2 = (row + 2) % 3;
    d[row * 3 + 2] = d[r1 * 3] * d[r2 * 3 + 1] - d[r2 * 3] * d[r1 * 3 + 1];
  }
}

Geometry geometry_in_space(const HeaderFields& fields, const NrrdSpace& space,
                           const std::vector<NrrdAxis>& axes, const std::vector<size_t>& places,
                           std::vector<std::string>& notes) {
  Geometry geometry;
  geometry.extent_xyz = {1, 1, 1};
  const double mm = mm_of_space(fields, space);
  const std::vector<double> origin = space_origin(fields, space, notes);
  for (size_t row = 0; row < std::min<size_t>(3, origin.size()); ++row)
    geometry.origin_lps_mm[row] = mm * space.to_lps[row] * origin[row];
  for (size_t a = 0; a < places.size(); ++a) {
    const NrrdAxis& axis = axes[places[a]];
    Real3 vector{0, 0, 0};
    std::copy_n(axis.direction.begin(), std::min<size_t>(3, axis.direction.size()), vector.begin());
    const double length = std::hypot(vector[0], vector[1], vector[2]);
    if (!(length > 0)) fields.fail("space directions", "holds a vector of length 0");
    require_agreement(axis, length, fields);
    geometry.extent_xyz[a] = axis.size;
    geometry.spacing_xyz_mm[a] = mm * length;
    for (size_t row = 0; row < 3; ++row)
      geometry.direction_lps[row * 3 + a] = space.to_lps[row] * vector[row] / length;
  }
  if (places.size() == 2) add_third_axis(geometry);
  return geometry;
}

/// Spacing and centre of the first sample of an axis that lies in no space.
void place_axis(const NrrdAxis& axis, size_t a, double mm, const HeaderFields& fields,
                Geometry& geometry) {
  constexpr double kRounding = 1e-3;
  const auto steps = static_cast<double>(axis.node_centered ? axis.size - 1 : axis.size);
  const double between = (axis.most - axis.least) / steps;
  double spacing = std::isnan(axis.spacing) ? between : axis.spacing;
  if (std::isnan(spacing)) spacing = 1;
  if (std::isfinite(between) && std::abs(between - spacing) > kRounding * std::abs(spacing))
    fields.fail("spacings", "contradicts axis mins and axis maxs");
  geometry.extent_xyz[a] = axis.size;
  geometry.spacing_xyz_mm[a] = mm * spacing;
  const double first = std::isnan(axis.least) ? axis.most - steps * spacing : axis.least;
  if (std::isnan(first)) return;
  geometry.origin_lps_mm[a] = mm * (first + (axis.node_centered ? 0 : spacing / 2));
}

Geometry geometry_without_directions(const HeaderFields& fields, const NrrdSpace& space,
                                     const std::vector<NrrdAxis>& axes,
                                     const std::vector<size_t>& places) {
  if (space.to_lps != Real3{1, 1, 1}) {
    fields.fail("space",
                "stands without space directions, so that it is unclear how the voxels lie");
  }
  Geometry geometry;
  geometry.extent_xyz = {1, 1, 1};
  if (fields.has("space origin")) {
    fields.fail("space origin", "stands without space directions");
  }
  for (size_t a = 0; a < places.size(); ++a) {
    const NrrdAxis& axis = axes[places[a]];
    place_axis(axis, a, mm_of(axis.unit, fields, "units"), fields, geometry);
  }
  return geometry;
}

}  // namespace

Geometry nrrd_geometry(const HeaderFields& fields, std::vector<std::string>& notes) {
  std::vector<NrrdAxis> axes = nrrd_axes(fields);
  const NrrdSpace space = space_of(fields);
  for (const NrrdAxis& axis : axes) {
    if (!axis.direction.empty() && axis.direction.size() != space.dimension)
      fields.fail("space directions", "holds a vector that is not of the space's dimension");
  }
  const bool with_time = fields.has("space") && space.dimension == 4;
  if (with_time) drop_time(fields, axes);
  if (space.dimension > 3 && !with_time) fields.fail("space dimension", "is more than 3");
  const std::vector<size_t> places = nrrd_volume_axes(axes, fields);
  const Geometry geometry = fields.has("space directions")
                                ? geometry_in_space(fields, space, axes, places, notes)
                                : geometry_without_directions(fields, space, axes, places);
  if (!space.in_patient) {
    notes.push_back(fmt::format(
        "{}: names no space of the patient; its axes are taken as left, back, head (LPS)",
        fields.file()));
  }
  return checked_geometry(geometry, fields.file(), notes);
}

}  // namespace nmsw::datasets
