#include "nmsw/metrics/surface_element_areas.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace nmsw {
namespace {

/// A place in the cube in half edges: corners have even coordinates, an edge's middle has one odd
/// one.
using Place = std::array<int, 3>;
using Loop = std::vector<Place>;
/// A triangulation as the vector areas of its triangles, in half edges (twice the area).
using Normals = std::vector<Place>;

bool is_set(unsigned code, const Place& corner) {
  const int shift = 4 * corner[0] / 2 + 2 * corner[1] / 2 + corner[2] / 2;
  return ((code >> (7 - shift)) & 1U) != 0;
}

int set_corners(unsigned code) {
  int count = 0;
  for (; code != 0; code &= code - 1) ++count;
  return count;
}

/// The four corners of each face, going round it.
std::vector<std::array<Place, 4>> cube_faces() {
  constexpr std::array<std::pair<int, int>, 4> kRound{{{0, 0}, {0, 2}, {2, 2}, {2, 0}}};
  std::vector<std::array<Place, 4>> faces;
  for (int axis = 0; axis < 3; ++axis) {
    for (const int side : {0, 2}) {
      std::array<Place, 4> face{};
      for (size_t i = 0; i < 4; ++i) {
        face[i][axis] = side;
        face[i][(axis + 1) % 3] = kRound[i].first;
        face[i][(axis + 2) % 3] = kRound[i].second;
      }
      faces.push_back(face);
    }
  }
  return faces;
}

Place middle(const Place& a, const Place& b) {
  return {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
}

using Links = std::map<Place, std::vector<Place>>;

void link(Links& links, const Place& a, const Place& b) {
  links[a].push_back(b);
  links[b].push_back(a);
}

/// Lines of the surface on the cube's faces, from edge middle to edge middle.
Links surface_lines(unsigned code) {
  const bool enclosed = set_corners(code) <= 4;
  Links links;
  for (const std::array<Place, 4>& face : cube_faces()) {
    std::vector<Place> crossings;
    for (size_t i = 0; i < 4; ++i) {
      const Place& next = face[(i + 1) % 4];
      if (is_set(code, face[i]) != is_set(code, next)) crossings.push_back(middle(face[i], next));
    }
    if (crossings.size() == 2) link(links, crossings[0], crossings[1]);
    if (crossings.size() != 4) continue;
    for (size_t i = 0; i < 4; ++i) {
      if (is_set(code, face[i]) != enclosed) continue;
      link(links, middle(face[(i + 3) % 4], face[i]), middle(face[i], face[(i + 1) % 4]));
    }
  }
  return links;
}

std::vector<Loop> surface_loops(unsigned code) {
  Links links = surface_lines(code);
  std::vector<Loop> loops;
  while (!links.empty()) {
    Loop loop;
    Place place = links.begin()->first;
    for (bool open = true; open;) {
      const std::vector<Place> neighbours = links.at(place);
      links.erase(place);
      loop.push_back(place);
      open = false;
      for (const Place& neighbour : neighbours) {
        if (links.count(neighbour) == 0) continue;
        place = neighbour;
        open = true;
        break;
      }
    }
    loops.push_back(loop);
  }
  return loops;
}

Place cross(const Place& a, const Place& b, const Place& c) {
  const Place u{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const Place v{c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  return {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
}

/// Every triangulation of the polygon that the loop's places first..last make.
std::vector<Normals> triangulations(const Loop& loop, size_t first, size_t last) {
  if (last - first < 2) return {Normals{}};
  std::vector<Normals> all;
  for (size_t apex = first + 1; apex < last; ++apex) {
    for (const Normals& before : triangulations(loop, first, apex)) {
      for (const Normals& after : triangulations(loop, apex, last)) {
        Normals joined = before;
        joined.insert(joined.end(), after.begin(), after.end());
        joined.push_back(cross(loop[first], loop[apex], loop[last]));
        all.push_back(joined);
      }
    }
  }
  return all;
}

/// A triangle's area when half an edge is 1/2 of `spacing`: the vector area's parts grow with the
/// other two axes.
double area(const Place& normal, Real3 spacing) {
  const double x = normal[0] * spacing[1] * spacing[2];
  const double y = normal[1] * spacing[0] * spacing[2];
  const double z = normal[2] * spacing[0] * spacing[1];
  return std::sqrt(x * x + y * y + z * z) / 8;
}

double total_area(const Normals& normals, Real3 spacing) {
  double sum = 0;
  for (const Place& normal : normals) sum += area(normal, spacing);
  return sum;
}

double largest_triangle(const Normals& normals) {
  double largest = 0;
  for (const Place& normal : normals) largest = std::max(largest, area(normal, {1, 1, 1}));
  return largest;
}

Normals chosen_triangulation(const Loop& loop) {
  constexpr double kSame = 1e-9;
  Normals best;
  for (const Normals& candidate : triangulations(loop, 0, loop.size() - 1)) {
    const double gain = total_area(candidate, {1, 1, 1}) - total_area(best, {1, 1, 1});
    const bool larger_piece = largest_triangle(candidate) > largest_triangle(best) + kSame;
    if (gain > kSame || (gain > -kSame && larger_piece)) best = candidate;
  }
  return best;
}

std::array<Normals, 256> normals_by_code() {
  std::array<Normals, 256> by_code;
  for (unsigned code = 0; code < by_code.size(); ++code) {
    for (const Loop& loop : surface_loops(code)) {
      const Normals normals = chosen_triangulation(loop);
      by_code[code].insert(by_code[code].end(), normals.begin(), normals.end());
    }
  }
  return by_code;
}

}  // namespace

std::array<double, 256> surface_element_areas(Real3 spacing_xyz_mm) {
  static const std::array<Normals, 256> normals = normals_by_code();
  std::array<double, 256> areas{};
  for (size_t code = 0; code < areas.size(); ++code) {
    areas[code] = total_area(normals[code], spacing_xyz_mm);
  }
  return areas;
}

}  // namespace nmsw
