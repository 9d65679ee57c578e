#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/exports/patch_box.h"
#include "datasets/formats/label_table.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Where a prediction is written.
struct PredictionFiles {
  std::filesystem::path label;
  /// Colour tables beside the label map, under its name: .ctbl (3D Slicer), .itksnap.txt.
  bool label_tables = false;
  std::optional<std::filesystem::path> volumes;  ///< .csv
  std::optional<std::filesystem::path> roi;      ///< .mrk.json
  std::optional<std::filesystem::path> preview;  ///< .png
  /// Options and files that the caller writes; they are only checked.
  std::vector<std::pair<std::string, std::filesystem::path>> others{};
  /// .html; likewise: the caller has the viewer.
  std::optional<std::filesystem::path> page{};
};

/// What is written.
struct Prediction {
  std::string case_id;
  /// On the input's own grid.
  const LabelVolume& label;
  ClassNames names;
  std::vector<PatchBox> patches;
  /// The grid that the patches lie on.
  Geometry prepared;
  /// Intensities shown as black and white; else the plane's own lowest and highest.
  std::optional<std::array<double, 2>> window;
};

/// For before a long computation: throws ConfigError for an unknown ending, and where two of the
/// files, or one and one of `inputs`, are the same; DataError for a place that cannot be written to. Leaves
/// nothing behind.
void require_prediction_files(const PredictionFiles& files,
                              const std::vector<std::filesystem::path>& inputs);

/// Writes them, each whole or not at all.
///
/// input        the image that was segmented; a NIfTI label map keeps its header
/// read_image   reads the image again, called once where volumes or a preview are asked for: to
///              keep it through the computation would cost memory
/// throws       as write_label; DataError where the image is not of the label map's grid any more
void write_prediction(const PredictionFiles& files, const Prediction& prediction,
                      const std::filesystem::path& input,
                      const std::function<ImageVolume()>& read_image);

}  // namespace nmsw::datasets
