#include "datasets/formats/nrrd_axes.h"
#include "nmsw/base/plain_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nmsw::datasets {
namespace {

/// What the format allows.
constexpr int64_t kMostAxes = 16;
constexpr int64_t kMostSamples = int64_t{1} << 36;

/// Kinds of axes that a volume may run along; the format's other kinds are lists of values.
bool is_domain(const std::string& kind) {
  return kind.empty() || kind == "domain" || kind == "space";
}

/// Kinds of axes that hold a value's components, by what they begin or end with.
bool is_components(const std::string& kind) {
  static const std::array<const char*, 13> parts{
      "vector", "color",      "rgb",     "hsv",   "gradient", "normal",   "matrix",
      "tensor", "quaternion", "complex", "point", "rgba",     "covariant"};
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return kind.find(part) != std::string::npos; });
}

bool is_known_kind(const std::string& kind) {
  return is_domain(kind) || is_components(kind) || kind == "time" || kind == "list" ||
         kind == "stub" || kind == "scalar";
}

void read_kinds(const HeaderFields& fields, std::vector<NrrdAxis>& axes) {
  if (!fields.has("kinds")) return;
  const std::vector<std::string> words = fields.words("kinds", axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    const std::string kind = lower_case(words[i]);
    axes[i].kind = kind == "none" || kind == "???" ? "" : kind;
    if (!is_known_kind(axes[i].kind)) fields.fail("kinds", "names a kind that NRRD does not know");
  }
}

void read_centerings(const HeaderFields& fields, std::vector<NrrdAxis>& axes) {
  if (!fields.has("centerings")) return;
  const std::vector<std::string> words = fields.words("centerings", axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    const std::string word = lower_case(words[i]);
    if (word != "cell" && word != "node" && word != "none" && word != "???")
      fields.fail("centerings", "holds a word other than cell, node and none");
    axes[i].node_centered = word == "node";
  }
}

void read_numbers(const HeaderFields& fields, const char* key, double NrrdAxis::*member,
                  std::vector<NrrdAxis>& axes) {
  if (!fields.has(key)) return;
  const std::vector<double> numbers = fields.numbers(key, axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    if (std::isinf(numbers[i])) fields.fail(key, "is impossible");
    axes[i].*member = numbers[i];
  }
}

void read_directions(const HeaderFields& fields, std::vector<NrrdAxis>& axes) {
  if (!fields.has("space directions")) return;
  const auto vectors = nrrd_vectors(fields, "space directions");
  if (vectors.size() != axes.size())
    fields.fail("space directions", "does not give one vector or 'none' for each axis");
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto nans =
        std::count_if(vectors[i].begin(), vectors[i].end(), [](double x) { return std::isnan(x); });
    // Older writers put NaN where "none" is meant.
    if (nans == static_cast<std::ptrdiff_t>(vectors[i].size())) continue;
    if (!std::all_of(vectors[i].begin(), vectors[i].end(),
                     [](double x) { return std::isfinite(x); }))
      fields.fail("space directions", "holds values that are not finite");
    axes[i].direction = vectors[i];
  }
}

[[noreturn]] void fail_components(const NrrdAxis& axis, const std::string& file) {
  throw DataError(
      "{}: its voxels are {} of {} numbers, expected one number each; convert it to a scalar image",
      file, axis.kind, axis.size);
}

void require_one_sample(const NrrdAxis& axis, size_t place, const std::string& file) {
  if (axis.size == 1) return;
  if (is_components(axis.kind)) fail_components(axis, file);
  throw DataError(
      "{}: holds {} volumes along dimension {} (4-D image), expected one 3-D volume; extract one "
      "volume first",
      file, axis.size, place + 1);
}

}  // namespace

std::vector<std::vector<double>> nrrd_vectors(const HeaderFields& fields, const std::string& key) {
  const std::string& text = fields.text(key);
  std::vector<std::vector<double>> vectors;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
    if (vectors.size() > kMostAxes) fields.fail(key, "has too many vectors");
    if (text[at] != '(') {
      const size_t end = std::min(text.size(), text.find_first_of(" \t(", at));
      if (lower_case(text.substr(at, end - at)) != "none")
        fields.fail(key, "holds what is no vector");
      vectors.emplace_back();
      at = end;
      continue;
    }
    const size_t end = text.find(')', at);
    if (end == std::string::npos) fields.fail(key, "holds a vector without its closing bracket");
    std::vector<double> vector;
    for (size_t begin = at + 1; begin <= end;) {
      const size_t comma = std::min(end, text.find(',', begin));
      const auto number = real_number(trimmed(text.substr(begin, comma - begin)));
      if (!number) fields.fail(key, "holds what is no number");
      vector.push_back(*number);
      begin = comma + 1;
    }
    vectors.push_back(std::move(vector));
    at = end + 1;
  }
  return vectors;
}

std::vector<std::string> nrrd_quoted_words(const HeaderFields& fields, const std::string& key) {
  const std::string& text = fields.text(key);
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
    const size_t end = text.find('"', at + 1);
    if (text[at] != '"' || end == std::string::npos)
      fields.fail(key, "holds what is not in quotation marks");
    words.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

std::vector<NrrdAxis> nrrd_axes(const HeaderFields& fields) {
  const auto count = static_cast<size_t>(fields.whole("dimension", 1, kMostAxes));
  std::vector<NrrdAxis> axes(count);
  const std::vector<int64_t> sizes = fields.whole_numbers("sizes", count, 1, kMostSamples);
  for (size_t i = 0; i < count; ++i) axes[i].size = sizes[i];
  read_kinds(fields, axes);
  read_centerings(fields, axes);
  read_numbers(fields, "spacings", &NrrdAxis::spacing, axes);
  read_numbers(fields, "axis mins", &NrrdAxis::least, axes);
  read_numbers(fields, "axis maxs", &NrrdAxis::most, axes);
  read_directions(fields, axes);
  if (fields.has("units")) {
    const std::vector<std::string> units = nrrd_quoted_words(fields, "units");
    if (units.size() != count) fields.fail("units", "does not give one unit for each axis");
    for (size_t i = 0; i < count; ++i) axes[i].unit = units[i];
  }
  return axes;
}

std::vector<size_t> nrrd_volume_axes(const std::vector<NrrdAxis>& axes,
                                     const HeaderFields& fields) {
  const bool in_space = fields.has("space directions");
  if (in_space && std::all_of(axes.begin(), axes.end(),
                              [](const NrrdAxis& axis) { return axis.direction.empty(); }))
    fields.fail("space directions", "give no volume");
  std::vector<size_t> places;
  for (size_t i = 0; i < axes.size(); ++i) {
    const NrrdAxis& axis = axes[i];
    const bool spans = in_space ? !axis.direction.empty() : is_domain(axis.kind);
    if (spans && !is_domain(axis.kind)) {
      if (is_components(axis.kind)) fail_components(axis, fields.file());
      fields.fail("kinds", "is not what axes with a direction in space can be");
    }
    if (spans && places.size() < 3) {
      places.push_back(i);
    } else {
      if (spans && in_space) fields.fail("space directions", "spans more than three dimensions");
      require_one_sample(axis, i, fields.file());
    }
  }
  if (places.size() < 2) fields.fail(in_space ? "space directions" : "dimension", "give no volume");
  return places;
}

}  // namespace nmsw::datasets
