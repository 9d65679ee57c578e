#pragma once

#include <string>

namespace nmsw::datasets {

/// A concept of SNOMED CT; both texts are empty where there is none.
struct Concept {
  std::string code;
  std::string meaning;
};

/// What a segment is, as DICOM and 3D Slicer describe it.
struct SegmentTerms {
  Concept category, type, type_modifier, region, region_modifier;
};

/// The terms of a class, from terminology.csv: class names are compared without regard to case,
/// blanks and hyphens count as underscores. A name that means something in one data set alone is
/// known there only. Any other class is "Tissue". Thread-safe.
SegmentTerms segment_terms(const std::string& data_set, const std::string& class_name);

}  // namespace nmsw::datasets
