#include "reporting/cases/case_page.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "nmsw/base/class_colour.h"
#include "nmsw/base/error.h"
#include "reporting/cases/case_volumes.h"
#include "reporting/cases/viewer.h"
#include "reporting/page_text.h"
#include "reporting/palette.h"
#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

void require_size(const CasePage& page, const LabelVolume& labels, const std::string& name) {
  const auto wanted = static_cast<size_t>(page.scan.geometry.voxel_count());
  if (labels.geometry.extent_xyz != page.scan.geometry.extent_xyz || labels.voxels.size() != wanted)
    throw ShapeError("{}: {} has another size than the scan", page.title, name);
}

void require_sizes(const CasePage& page) {
  if (page.scan.voxels.empty() ||
      page.scan.voxels.size() != static_cast<size_t>(page.scan.geometry.voxel_count()))
    throw ShapeError("{}: the scan has no voxels, or not those of its extent", page.title);
  if (page.label) require_size(page, *page.label, "the label");
  for (const CasePrediction& prediction : page.predictions)
    require_size(page, prediction.classes, prediction.name);
}

/// Volumes and what the viewer's script needs to know of them.
struct Content {
  nlohmann::ordered_json json;
  size_t bytes = 0;
};

void add_volume(Content& content, const std::string& kind, const std::string& name,
                const std::string& file) {
  content.bytes += file.size();
  content.json["volumes"].push_back({{"kind", kind}, {"name", name}, {"file", file}});
}

Content content_of(const CasePage& page, const Crop& crop, ScanDepth depth) {
  Content content;
  content.json["window"] = {page.window_low, page.window_high};
  for (const CaseClass& entry : page.classes) {
    const auto [red, green, blue] = nmsw::class_colour(entry.index);
    content.json["classes"].push_back(
        {{"index", entry.index}, {"name", entry.name}, {"rgb", {red, green, blue}}});
  }
  add_volume(content, "scan", "Scan", scan_file(page, crop, depth));
  if (page.label) add_volume(content, "label", "Label", label_file(*page.label, crop));
  for (const CasePrediction& prediction : page.predictions) {
    add_volume(content, "prediction", prediction.name, label_file(prediction.classes, crop));
    if (page.label) {
      add_volume(content, "difference", prediction.name,
                 label_file(difference_map(*page.label, prediction.classes), crop));
    }
    if (!prediction.patches.empty()) {
      add_volume(content, "patches", prediction.name,
                 label_file(outline_map(page.scan.geometry, prediction.patches), crop));
    }
  }
  return content;
}

/// The most exact content that fits.
Content content_within(const CasePage& page, size_t most_bytes, std::vector<std::string>& notes) {
  const size_t fixed = viewer_script().size() + (size_t{1} << 17U);
  Crop crop = crop_around_classes(page);
  Content content = content_of(page, crop, ScanDepth::sixteen_bits);
  if (content.bytes + fixed <= most_bytes) return content;
  notes.emplace_back("To keep this page small the scan is stored in 256 steps of its window.");
  content = content_of(page, crop, ScanDepth::eight_bits);
  for (; content.bytes + fixed > most_bytes && crop.step < 8; crop.step *= 2) {
    if (crop.step == 1) notes.emplace_back("Not every voxel is shown.");
    Crop coarser = crop;
    coarser.step *= 2;
    content = content_of(page, coarser, ScanDepth::eight_bits);
  }
  return content;
}

std::string millilitres(const LabelVolume& labels, int64_t index) {
  const auto count = std::count(labels.voxels.begin(), labels.voxels.end(), index);
  const Real3& mm = labels.geometry.spacing_xyz_mm;
  return fmt::format("{:.1f}", static_cast<double>(count) * mm[0] * mm[1] * mm[2] / 1000);
}

std::string score_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "—";
}

std::string class_row(const CasePage& page, const CaseClass& entry) {
  std::string text =
      "<tr><th scope=\"row\" class=\"key\"><span class=\"swatch\" style=\"background:" +
      class_colour(entry.index) + "\"></span>" + escape_html(entry.name) + "</th>";
  const auto cell = [&](const std::string& value) {
    text += "<td class=\"value\">" + value + "</td>";
  };
  if (page.label) cell(millilitres(*page.label, entry.index));
  for (const CasePrediction& prediction : page.predictions) {
    const auto score =
        std::find_if(prediction.scores.begin(), prediction.scores.end(),
                     [&](const ClassScore& one) { return one.class_index == entry.index; });
    const bool is_known = score != prediction.scores.end();
    cell(is_known ? score_text(score->dsc) : "—");
    cell(is_known ? score_text(score->nsd) : "—");
    cell(millilitres(prediction.classes, entry.index));
  }
  return text + "</tr>\n";
}

std::string class_table(const CasePage& page) {
  std::string groups = "<tr class=\"groups\"><td></td>",
              heads = "<tr><th scope=\"col\" class=\"key\">Class</th>";
  if (page.label) {
    groups += "<th scope=\"colgroup\">Label</th>";
    heads += "<th scope=\"col\" class=\"value\">ml</th>";
  }
  for (const CasePrediction& prediction : page.predictions) {
    groups += "<th scope=\"colgroup\" colspan=\"3\">" + escape_html(prediction.name) + "</th>";
    for (const char* name : {"DSC", "NSD", "ml"})
      heads += std::string("<th scope=\"col\" class=\"value\">") + name + "</th>";
  }
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Classes\"><table>\n"
      "<thead>\n" +
      groups + "</tr>\n" + heads + "</tr>\n</thead>\n<tbody>\n";
  for (const CaseClass& entry : page.classes) text += class_row(page, entry);
  return text + "</tbody>\n</table></div>\n";
}

}  // namespace

std::string render_case_page(const CasePage& page, size_t most_bytes) {
  require_sizes(page);
  std::vector<std::string> notes = page.notes;
  const Content content = content_within(page, most_bytes, notes);
  std::string text =
      page_head(page.title, page_style(), true) + "<body>\n<main id=\"content\">\n<h1>" +
      escape_html(page.title) +
      "</h1>\n<section aria-label=\"Viewer\">\n"
      "<p id=\"state\" role=\"status\">The viewer needs a script; the table below does not.</p>\n"
      "<div id=\"layers\" class=\"tools\" role=\"group\" aria-label=\"What is shown\"></div>\n"
      "<div class=\"viewer\"><canvas id=\"view\" tabindex=\"0\" role=\"img\" aria-label=\"" +
      escape_html(page.title) +
      ": slices of the scan with what is chosen above\"></canvas></div>\n"
      "<p id=\"place\"></p>\n</section>\n<h2>Classes</h2>\n" +
      class_table(page);
  if (!notes.empty()) {
    text += "<ul class=\"notes\">\n";
    for (const std::string& note : notes) text += "<li>" + escape_html(note) + "</li>\n";
    text += "</ul>\n";
  }
  text += "</main>\n<script type=\"application/json\" id=\"case\">" +
          inside_json(content.json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) +
          "</script>\n<!--\nNiiVue\n" + viewer_licence() + "\n-->\n<script>\n" +
          inside_script(viewer_script()) + "</script>\n<script>\n" + inside_script(case_script()) +
          "</script>\n</body>\n</html>\n";
  return text;
}

}  // namespace nmsw::reporting
