#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "nmsw/config/evaluation_config.h"
#include "reporting/case_pictures.h"
#include "reporting/comparison.h"
#include "reporting/palette.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

/// What one method made of the shown case.
struct ShownMethod {
  std::string run, dataset, backbone, case_id;
  MethodKey key;
  std::vector<CasePlane> planes;  // axial, coronal
  std::vector<PatchPlace> patches;
};

bool shown_before(const ShownMethod& a, const ShownMethod& b) {
  if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.key, b.key);
}

/// Whether the picks are those of k full: nothing tells how many of them `auto` takes.
bool picks_more_than_auto(const results::ResultStore& store, const std::string& run) {
  const Rows rows(store, "SELECT 1 FROM v_finished WHERE k LIKE '%auto,full' AND run = " + run);
  return !rows.empty();
}

/// The patches behind the shown prediction: picks are nested, so that the first k are those of k.
std::vector<PatchPlace> patches_behind(const results::ResultStore& store,
                                       const std::string& experiment, const ShownMethod& method) {
  std::string sql = "SELECT * FROM v_patch_picks WHERE experiment = " + sql_quoted(experiment) +
                    " AND run = " + method.run + " AND case_id = " + sql_quoted(method.case_id) +
                    " ORDER BY rank";
  if (method.key.k == kAutoKName && picks_more_than_auto(store, method.run)) return {};
  const int64_t k = std::atoll(method.key.k.c_str());
  if (k > 0) sql += fmt::format(" LIMIT {}", k);
  const Rows rows(store, sql);
  std::vector<PatchPlace> patches;
  for (size_t i = 0; i < rows.size(); ++i) patches.push_back(patch_place(rows, i));
  return patches;
}

/// The plain methods' evaluations, of each its first seed; all of one fold, so that they show the
/// same patients.
std::vector<ShownMethod> read_methods(const results::ResultStore& store,
                                      const std::string& experiment) {
  const Rows rows(
      store,
      "SELECT * FROM v_case_slices s WHERE kind = 'evaluate' AND prediction IS NOT "
      "NULL AND variant = '' AND class_weight = 'on' AND experiment = " +
          sql_quoted(experiment) +
          " AND seed = (SELECT min(seed) FROM v_case_slices f WHERE f.experiment = "
          "s.experiment AND f.dataset = s.dataset AND f.backbone = s.backbone AND "
          "f.method = s.method AND f.variant = '' AND f.class_weight = 'on' AND f.kind "
          "= 'evaluate') AND coalesce(fold, 0) = (SELECT min(coalesce(f.fold, 0)) FROM "
          "v_case_slices f WHERE f.experiment = s.experiment AND f.dataset = s.dataset) "
          "ORDER BY run, plane");
  std::vector<ShownMethod> methods;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (methods.empty() || methods.back().run != rows.text(i, "run")) {
      ShownMethod method;
      method.run = rows.text(i, "run");
      method.dataset = rows.text(i, "dataset");
      method.backbone = rows.text(i, "backbone");
      method.case_id = rows.text(i, "case_id");
      method.key.method = rows.text(i, "method");
      method.key.k = rows.text(i, "k");
      method.patches = patches_behind(store, experiment, method);
      methods.push_back(std::move(method));
    }
    methods.back().planes.push_back(case_plane(rows, i));
  }
  std::sort(methods.begin(), methods.end(), shown_before);
  return methods;
}

std::map<int64_t, std::string> class_names(const results::ResultStore& store,
                                           const std::string& run) {
  const Rows rows(store,
                  "SELECT DISTINCT class_index, class_name FROM v_class_sums WHERE k <> 'global' "
                  "AND run_id = " +
                      run);
  std::map<int64_t, std::string> names;
  for (size_t i = 0; i < rows.size(); ++i) {
    names[rows.count(i, "class_index")] = rows.text(i, "class_name");
  }
  return names;
}

/// Entries of the classes that occur in a plane, in a label or a prediction.
std::vector<PictureKey> class_keys(const std::vector<ShownMethod>& methods,
                                   const std::map<int64_t, std::string>& names) {
  std::vector<bool> occurs(256, false);
  for (const ShownMethod& method : methods) {
    for (const CasePlane& plane : method.planes) {
      for (const uint8_t index : plane.label) occurs[index] = true;
      for (const uint8_t index : plane.prediction) occurs[index] = true;
    }
  }
  std::vector<PictureKey> keys;
  for (const auto& [index, name] : names) {
    if (occurs[static_cast<size_t>(index)])
      keys.push_back({name, {rgb_of(class_colour(index))}, {}});
  }
  return keys;
}

/// The label, then every method, one column each.
Figure overlay_figure(const std::vector<ShownMethod>& methods) {
  Figure figure;
  figure.columns = methods.size() + 1;
  for (size_t p = 0; p < methods.front().planes.size(); ++p) {
    const CasePlane& reference = methods.front().planes[p];
    Picture label = plane_picture(reference, reference.label, {});
    if (p == 0) label.title = "Label";
    figure.pictures.push_back(std::move(label));
    for (const ShownMethod& method : methods) {
      const CasePlane& plane = method.planes.at(p);
      Picture picture = plane_picture(plane, plane.prediction, method.patches);
      if (p == 0) picture.title = method_label(method.key);
      figure.pictures.push_back(std::move(picture));
    }
  }
  figure.caption = fmt::format(
      "What each method looked at, and what it saw, in the test case '{}': axial and coronal "
      "planes "
      "where the label is fullest, patient's right on the left. Boxes: the patches that went "
      "through the local network (zoom-out: one crop an organ; the sliding window takes every "
      "patch). The paper's Fig. 4 sketches these four techniques.",
      methods.front().case_id);
  return figure;
}

std::vector<std::vector<ShownMethod>> by_place(const std::vector<ShownMethod>& methods) {
  std::vector<std::vector<ShownMethod>> places;
  for (const ShownMethod& method : methods) {
    if (places.empty() || places.back().front().dataset != method.dataset ||
        places.back().front().backbone != method.backbone) {
      places.emplace_back();
    }
    places.back().push_back(method);
  }
  return places;
}

}  // namespace

Section overlays_section(const SectionInput& input) {
  Section section;
  section.id = "overlays";
  section.title = "What each method looked at";
  section.empty_message = "No evaluation that kept planes of its first test case has finished yet.";
  for (const std::string& experiment : input.experiments) {
    for (const auto& methods : by_place(read_methods(input.store, experiment))) {
      const ShownMethod& first = methods.front();
      Figure figure = overlay_figure(methods);
      figure.id = id_for("overlays_" + file_word(first.dataset) + "_" + file_word(first.backbone),
                         experiment, input);
      figure.title =
          fmt::format("What each method looked at: {}, {}{}", dataset_label(first.dataset),
                      backbone_label(first.backbone), title_suffix(experiment, input));
      if (std::any_of(methods.begin(), methods.end(),
                      [](const ShownMethod& method) { return !method.patches.empty(); })) {
        figure.picture_keys = patch_keys();
      }
      for (PictureKey& key : class_keys(methods, class_names(input.store, first.run))) {
        figure.picture_keys.push_back(std::move(key));
      }
      section.figures.push_back(std::move(figure));
    }
  }
  return section;
}

}  // namespace nmsw::reporting
