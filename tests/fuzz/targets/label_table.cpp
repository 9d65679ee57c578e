// Links: datasets_formats
#include "datasets/formats/label_table.h"

#include <algorithm>
#include <sstream>

#include "datasets/formats/nifti_labels.h"
#include "datasets/formats/nrrd_header.h"
#include "datasets/formats/segmentation_nrrd.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::vector<std::string> seeds() {
  return {"liver", "right kidney|left kidney", "a \"quoted\" name|x\ty|\r\n", "",
          "||",    "µ|日本語|#comment"};
}

void try_input(std::string_view bytes) {
  std::vector<std::string> classes;
  std::istringstream stream{std::string(bytes)};
  for (std::string name; std::getline(stream, name, '|');) classes.push_back(name);
  const auto slicer = lines_of(datasets::slicer_table(classes));
  must_hold(slicer.size() == classes.size() + 2, "Slicer: a line a class");
  for (size_t i = 0; i < classes.size(); ++i) {
    std::istringstream line(slicer[i + 2]);
    std::string name, more;
    size_t index = 0;
    int red = -1, green = -1, blue = -1, alpha = -1;
    must_hold(bool(line >> index >> name >> red >> green >> blue >> alpha), "Slicer: six columns");
    must_hold(!(line >> more) && index == i + 1 && alpha == 255, "Slicer: six columns only");
  }
  const auto snap = lines_of(datasets::itksnap_table(classes));
  must_hold(snap.size() == classes.size() + 2, "ITK-SNAP: a line a class");
  for (size_t i = 0; i < classes.size(); ++i) {
    const std::string& line = snap[i + 2];
    must_hold(std::count(line.begin(), line.end(), '"') == 2 && line.back() == '"',
              "ITK-SNAP: the name in quotation marks");
  }
  must_hold(datasets::nifti_label_extension(classes).size() % 16 == 0, "NIfTI: whole units");
  LabelVolume label;
  label.geometry.extent_xyz = {1, 1, 1};
  label.voxels = {0};
  const std::string nrrd = datasets::segmentation_nrrd(label, {"", classes});
  const auto header = datasets::parse_nrrd_header(nrrd, "output");
  must_hold(header.header_bytes > 0 && nrrd.compare(header.header_bytes, 2, "\x1f\x8b") == 0,
            "Slicer: the voxels follow the header");
}

}  // namespace nmsw::fuzz
