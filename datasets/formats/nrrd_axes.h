#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/header_fields.h"

namespace nmsw::datasets {

/// One axis of an NRRD array, the fastest first. A number that the header does not give is NaN.
struct NrrdAxis {
  int64_t size = 1;
  double spacing = std::numeric_limits<double>::quiet_NaN();
  double least = std::numeric_limits<double>::quiet_NaN();
  double most = std::numeric_limits<double>::quiet_NaN();
  bool node_centered = false;
  std::string kind, unit;
  std::vector<double> direction;  ///< in the header's space; empty where it gives none
};

/// The axes of a header. Throws DataError naming the file for what the format does not allow.
std::vector<NrrdAxis> nrrd_axes(const HeaderFields& fields);

/// The places of the axes that span the volume, two or three. Every other axis has one sample.
/// Throws DataError for more than one volume and for voxels that are vectors or colours.
std::vector<size_t> nrrd_volume_axes(const std::vector<NrrdAxis>& axes, const HeaderFields& fields);

/// Vectors in brackets, "none" as an empty one. Throws DataError for anything else.
std::vector<std::vector<double>> nrrd_vectors(const HeaderFields& fields, const std::string& key);

/// Strings in quotation marks. Throws DataError for anything else.
std::vector<std::string> nrrd_quoted_words(const HeaderFields& fields, const std::string& key);

}  // namespace nmsw::datasets
