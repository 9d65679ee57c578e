#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/exports/patch_box.h"
#include "datasets/preparation/preprocess.h"
#include "results/records.h"
#include "runners/tasks/task_context.h"

namespace nmsw::runners {

/// What a method made of a case with one k.
struct CaseSegmentation {
  std::string k;
  LabelVolume classes;
  std::vector<datasets::PatchBox> patches;
};

/// A case on the prepared grid, and its segmentations.
struct CaseView {
  datasets::PreparedCase prepared;
  std::vector<CaseSegmentation> segmentations;
};

/// Segments a case of a finished evaluation once more with the stored weights and settings: on one
/// machine the label maps that were scored. Of several k the largest, and 5 where it is evaluated.
/// Throws DataError for a case that the evaluation does not have, for one without label, and for
/// files or checkpoints that are gone or changed.
CaseView view_case(const results::TaskRecord& evaluation, const std::string& case_id,
                   const TaskContext& context);

}  // namespace nmsw::runners
