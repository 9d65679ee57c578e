#include "datasets/prediction_files.h"

#include "datasets/exports/class_volumes.h"
#include "datasets/exports/patch_markups.h"
#include "datasets/exports/preview.h"
#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/base/png.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

/// The label map's path with another ending in place of its own, one or two words.
fs::path table_path(const fs::path& label, const std::string& ending) {
  fs::path stem = label;
  const std::string last = lower_case(label.extension().string());
  stem.replace_extension();
  const std::string before = lower_case(stem.extension().string());
  if ((last == ".gz" && before == ".nii") || (last == ".nrrd" && before == ".seg"))
    stem.replace_extension();
  return stem += ending;
}

struct AskedFile {
  std::string option;
  fs::path path;
  std::string ending;
};

std::vector<AskedFile> asked_files(const PredictionFiles& files) {
  std::vector<AskedFile> asked{{"--output", files.label, ""}};
  if (files.label_tables) {
    for (const char* ending : {".ctbl", ".itksnap.txt"})
      asked.push_back({"--label-tables", table_path(files.label, ending), ""});
  }
  if (files.volumes) asked.push_back({"--volumes", *files.volumes, ".csv"});
  if (files.roi) asked.push_back({"--roi", *files.roi, ".mrk.json"});
  if (files.preview) asked.push_back({"--preview", *files.preview, ".png"});
  if (files.page) asked.push_back({"--page", *files.page, ".html"});
  for (const auto& [option, path] : files.others) asked.push_back({option, path, ""});
  return asked;
}

/// Whether two names are of one file, which need not exist.
bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code absent;
  if (fs::equivalent(a, b, absent)) return true;
  return fs::weakly_canonical(a, absent) == fs::weakly_canonical(b, absent);
}

}  // namespace

void require_prediction_files(const PredictionFiles& files, const std::vector<fs::path>& inputs) {
  const std::vector<AskedFile> asked = asked_files(files);
  for (size_t i = 0; i < asked.size(); ++i) {
    const AskedFile& file = asked[i];
    if (!file.ending.empty() && !has_ending(file.path.filename().string(), file.ending))
      throw ConfigError("{} {}: unknown file ending; end it in {}", file.option, file.path.string(),
                        file.ending);
    for (const fs::path& input : inputs) {
      if (same_file(file.path, input))
        throw ConfigError("{} {}: is the input itself; name another file", file.option,
                          file.path.string());
    }
    for (size_t j = 0; j < i; ++j) {
      if (same_file(file.path, asked[j].path))
        throw ConfigError("{} {}: is the file of {} too; name another file", file.option,
                          file.path.string(), asked[j].option);
    }
  }
  require_label_path(files.label);
  for (const AskedFile& file : asked) require_writable(file.path);
}

void write_prediction(const PredictionFiles& files, const Prediction& prediction,
                      const fs::path& input, const std::function<ImageVolume()>& read_image) {
  write_label(files.label, prediction.label, input, prediction.names);
  const std::vector<std::string>& classes = prediction.names.classes;
  if (files.label_tables) {
    write_text_atomically(table_path(files.label, ".ctbl"), slicer_table(classes));
    write_text_atomically(table_path(files.label, ".itksnap.txt"), itksnap_table(classes));
  }
  if (files.roi) {
    write_text_atomically(*files.roi,
                          patch_markups(prediction.patches, prediction.prepared).dump(2) + "\n");
  }
  if (!files.volumes && !files.preview) return;
  const ImageVolume image = read_image();
  require_same_grid(image.geometry, input.string(), prediction.label.geometry, "its prediction");
  if (files.volumes) {
    write_text_atomically(
        *files.volumes,
        class_volumes_csv(prediction.case_id, class_volumes(image, prediction.label, classes)));
  }
  if (files.preview) {
    const Canvas canvas = draw_preview(
        {image, prediction.label, prediction.patches, prediction.prepared, prediction.window});
    write_text_atomically(*files.preview,
                          png_bytes(static_cast<uint32_t>(canvas.columns()),
                                    static_cast<uint32_t>(canvas.rows()), canvas.rgb()));
  }
}

}  // namespace nmsw::datasets
