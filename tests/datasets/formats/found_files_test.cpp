#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;

/// Voxels of the classes 1, 2, … of a label map.
std::vector<int64_t> class_voxels(const LabelVolume& label, int classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes), 0);
  for (const uint8_t voxel : label.voxels) {
    if (voxel > 0 && voxel <= classes) ++counts[static_cast<size_t>(voxel - 1)];
  }
  return counts;
}

void expect_same_label(const fs::path& file, const LabelVolume& truth, ReadNotes* notes = nullptr) {
  SCOPED_TRACE(file.string());
  const LabelVolume read = turned_to(truth.geometry, read_label(file, notes));
  require_same_grid(read.geometry, file.string(), truth.geometry, "truth");
  EXPECT_EQ(read.voxels, truth.voxels);
}

TEST(FoundFiles, OfReportsAreReadRight) {
  NMSW_SHARED_OR_SKIP(reports, "data/reports");
  const std::vector<std::pair<std::string, std::string>> same{
      {"01_nrrd_space_las/las.nrrd", ""},
      {"06_mha_compressed_size/half.mha", "CompressedDataSize"},
      {"06_mha_compressed_size/seven.mha", "CompressedDataSize"},
      {"06_mha_compressed_size/zero.mha", "CompressedDataSize"},
      {"08_label_nearly_whole/float32_2.0000002.nii.gz", "rounded"},
      {"08_label_nearly_whole/minus_1e-8.nii.gz", "rounded"},
      {"14_mha_valid_but_refused/ascii_float.mha", ""},
      {"14_mha_valid_but_refused/negative_spacing.mha", "negative ElementSpacing"},
      {"15_nifti_geometry_recoverable/pixdim_0_sform_good.nii", "taken from the sform"},
      {"15_nifti_geometry_recoverable/sform_zero_qform_good.nii", "the qform is taken"},
      {"16_nrrd_one_layer_4d/one_layer.seg.nrrd", ""},
      {"19_metrics_other_axis_order/stored_lps.nii.gz", ""}};
  for (const auto& [name, note] : same) {
    const fs::path file = reports / name;
    const LabelVolume truth = read_label(file.parent_path() / "truth.nii.gz");
    EXPECT_EQ(class_voxels(truth, 3), (std::vector<int64_t>{339, 196, 24}));
    ReadNotes notes;
    expect_same_label(file, truth, &notes);
    EXPECT_EQ(notes.lines.size(), note.empty() ? 0U : 1U) << name;
    for (const std::string& line : notes.lines)
      EXPECT_NE(line.find(note), std::string::npos) << line;
  }
  const fs::path scaled = reports / "08_label_nearly_whole";
  expect_same_label(scaled / "int16_scaled_by_nibabel_24_classes.nii.gz",
                    read_label(scaled / "truth_24_classes.nii.gz"));
}

TEST(FoundFiles, TheImageInLasLiesWhereItsNiftiDoes) {
  NMSW_SHARED_OR_SKIP(report, "data/reports/01_nrrd_space_las");
  const ImageVolume las = to_ras(read_image(report / "ct_las.nrrd"));
  const ImageVolume nifti = to_ras(read_image(report / "ct.nii.gz"));
  EXPECT_EQ(las.voxels, nifti.voxels);
  const Real3 spacing{0.8, 1.1, 2.5}, origin_lps{30.5, -12.25, -100.75};
  for (size_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(las.geometry.spacing_xyz_mm[a], spacing[a], 1e-6);
    EXPECT_NEAR(las.geometry.origin_lps_mm[a], origin_lps[a], 1e-4);
  }
}

TEST(FoundFiles, ALabelMapLikeAVectorImageHasTheIntentOfLabels) {
  NMSW_SHARED_OR_SKIP(report, "data/reports/18_output_keeps_intent");
  const testing::TemporaryFolder folder;
  const fs::path image = report / "intent_1007.nii.gz";
  LabelVolume label;
  label.geometry = read_geometry(image);
  label.voxels.assign(static_cast<size_t>(label.geometry.voxel_count()), 1);
  write_label(folder / "label.nii", label, image);
  std::ifstream stream(folder / "label.nii", std::ios::binary);
  std::array<char, 352> header{};
  stream.read(header.data(), header.size());
  int16_t intent = 0;
  float parameter = 1;
  std::memcpy(&intent, header.data() + 68, 2);
  std::memcpy(&parameter, header.data() + 56, 4);
  EXPECT_EQ(intent, 1002);
  EXPECT_EQ(parameter, 0);
}

/// What each hostile file must come to: right voxels, or a DataError with these words.
using Verdicts = std::map<std::string, std::string>;

void expect_verdicts(const fs::path& folder, const std::string& good, const Verdicts& verdicts) {
  const LabelVolume truth = read_label(folder / good);
  EXPECT_GT(*std::max_element(truth.voxels.begin(), truth.voxels.end()), 0);
  std::set<std::string> seen;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto verdict = verdicts.find(name);
    ASSERT_NE(verdict, verdicts.end()) << name << " has no verdict here";
    seen.insert(name);
    SCOPED_TRACE(name);
    if (verdict->second.empty()) {
      expect_same_label(entry.path(), truth);
    } else {
      expect_error<DataError>(
          [&] {
            const LabelVolume read = turned_to(truth.geometry, read_label(entry.path()));
            require_same_grid(read.geometry, name, truth.geometry, good);
          },
          {name, verdict->second});
    }
  }
  EXPECT_EQ(seen.size(), verdicts.size());
}

int64_t most_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(FoundFiles, HostileMetaImagesAreReadRightOrRefused) {
  NMSW_SHARED_OR_SKIP(folder, "data/hostile/mha");
  expect_verdicts(folder, "00good.mha",
                  {{"00good.mha", ""},
                   {"01comp_ok.mha", ""},
                   {"1_c74.mha", "1_c74.mha"},
                   {"binary_str.mha", "BinaryData"},
                   {"byteorder.mha", ""},
                   {"comp_size0.mha", ""},
                   {"comp_size8.mha", ""},
                   {"crlf.mha", ""},
                   {"dims_hex.mha", "DimSize"},
                   {"dup_dims.mha", "DimSize twice"},
                   {"dup_type_du.mha", "ElementType twice"},
                   {"hang_mha.mha", "hang_mha.mha"},
                   {"headersize_20.mha", "HeaderSize"},
                   {"headersize_big.mha", "HeaderSize"},
                   {"headersize_neg5.mha", "HeaderSize"},
                   {"matrix_nan.mha", "TransformMatrix"},
                   {"mhd_abs.mhd", "same folder"},
                   {"mhd_self.mhd", "names itself"},
                   {"ndims_11.mha", "NDims"},
                   {"ndims_40.mha", "NDims"},
                   {"ndims_neg1.mha", "NDims"},
                   {"nospace.mha", ""},
                   {"spacing0.mha", "spacing"},
                   {"spacingneg.mha", "do not lie on one grid"}});
  EXPECT_LT(most_memory_kib(), 2 << 20);
}

TEST(FoundFiles, HostileNrrdsAreReadRightOrRefused) {
  NMSW_SHARED_OR_SKIP(folder, "data/hostile/nrrd");
  expect_verdicts(folder, "00good.nrrd",
                  {{"00good.nrrd", ""},
                   {"01gz.nrrd", ""},
                   {"ascii_ok.nrrd", ""},
                   {"byteskip10.nrrd", "byteskip10.nrrd"},
                   {"byteskip_neg1.nrrd", ""},
                   {"bz.nrrd", "bzip2"},
                   {"d10.nrrd", ""},
                   {"d12.nrrd", ""},
                   {"d15.nrrd", ""},
                   {"d8.nrrd", ""},
                   {"datafile_abs.nhdr", "same folder"},
                   {"datafile_fmt.nhdr", "several files"},
                   {"datafile_fmt2.nhdr", "several files"},
                   {"datafile_self.nhdr", "names itself"},
                   {"dim16.nrrd", ""},
                   {"dim_neg.nrrd", "dimension"},
                   {"dup_type.nrrd", "type twice"},
                   {"gz_flip.nrrd", "damaged"},
                   {"gz_short.nrrd", "truncated"},
                   {"gz_trunc2.nrrd", "truncated"},
                   {"kinds.nrrd", "vector of 4 numbers"},
                   {"lineskip_huge.nrrd", "line skip"},
                   {"longline.nrrd", ""},
                   {"noendian.nrrd", "endian"},
                   {"sd_none.nrrd", "give no volume"},
                   {"short.nrrd", "truncated"},
                   {"sizes_20g_gz.nrrd", "at most"},
                   {"sizes_huge.nrrd", "impossible"},
                   {"sp_inf.nrrd", "spacings"}});
  EXPECT_LT(most_memory_kib(), 2 << 20);
}

}  // namespace
}  // namespace nmsw::datasets
