#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include <nlohmann/json.hpp>

#include "datasets/formats/gzip.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/grid/geometry.h"
#include "datasets/image_io.h"
#include "tests/runners/built_program.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using datasets::NiftiHeader;
using datasets::NiftiType;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Int3 kExtent{12, 10, 8};
const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInfinity = std::numeric_limits<float>::infinity();

/// HU between -500 and 499, whole numbers.
std::vector<int16_t> hounsfield(size_t count) {
  std::vector<int16_t> voxels(count);
  uint64_t state = 1;
  for (int16_t& voxel : voxels) voxel = static_cast<int16_t>(next_index(state, 1000) - 500);
  return voxels;
}

std::string voxel_bytes(size_t count) {
  const std::vector<int16_t> voxels = hounsfield(count);
  return {reinterpret_cast<const char*>(voxels.data()), 2 * count};
}

/// A sound int16 file, its header changed by `spoil`; enough voxels for two of its volumes.
std::string nifti(const std::function<void(NiftiHeader&)>& spoil = [](NiftiHeader&) {}) {
  NiftiHeader header =
      datasets::make_nifti_header(testing::oblique_geometry(kExtent), NiftiType::int16);
  spoil(header);
  return datasets::nifti_bytes(header, voxel_bytes(2 * 960));
}

std::string float_nifti(float value) {
  std::string bytes = nifti([](NiftiHeader& h) { h.datatype = 16, h.bitpix = 32; });
  std::memcpy(bytes.data() + datasets::kNiftiVoxelOffset + 40, &value, sizeof(value));
  return bytes;
}

struct NamedBytes {
  std::string name;
  std::string bytes;
  /// What the message must say; the last is the remedy.
  std::vector<std::string> words;
};

std::vector<NamedBytes> bad_images() {
  const std::string packed = datasets::gzip(nifti());
  std::string bad_checksum = packed;
  bad_checksum[packed.size() - 6] = static_cast<char>(~bad_checksum[packed.size() - 6]);
  const auto header = [](const char* name, const char* fault, const char* remedy,
                         const std::function<void(NiftiHeader&)>& spoil) {
    return NamedBytes{std::string(name) + ".nii", nifti(spoil), {fault, remedy}};
  };
  return {
      {"empty.nii.gz", "", {"is empty", "copy or download"}},
      {"text.nii", std::string(400, 'x'), {"not a NIfTI", "give a NIfTI"}},
      {"short.nii", "x", {"holds only 1 bytes", "copy it again"}},
      {"cut.nii.gz", packed.substr(0, packed.size() / 2), {"truncated", "copy or download"}},
      {"checksum.nii.gz", bad_checksum, {"damaged", "copy or download"}},
      {"cut.nii", nifti().substr(0, 1500), {"truncated", "copy or download"}},
      {"nan.nii", float_nifti(kNan), {"not finite", "replace them"}},
      {"infinite.nii", float_nifti(-kInfinity), {"not finite", "replace them"}},
      {"cut.nrrd",
       "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 9 9 9\nencoding: raw\n\nab",
       {"truncated", "copy or export"}},
      {"cut.mha",
       "ObjectType = Image\nNDims = 3\nDimSize = 9 9 9\nElementType = MET_UCHAR\n"
       "ElementDataFile = LOCAL\nab",
       {"truncated", "copy or download"}},
      header("magic", "magic", "convert", [](NiftiHeader& h) { h.magic[0] = 'x'; }),
      header("nifti2", "NIfTI-2", "convert", [](NiftiHeader& h) { h.sizeof_hdr = 540; }),
      header("dim_0", "0 dimensions", "export", [](NiftiHeader& h) { h.dim[0] = 0; }),
      header("dim_8", "8 dimensions", "export", [](NiftiHeader& h) { h.dim[0] = 8; }),
      header("dim_minus", "-3 dimensions", "export", [](NiftiHeader& h) { h.dim[0] = -3; }),
      header("extent_minus", "extent -4", "export", [](NiftiHeader& h) { h.dim[1] = -4; }),
      header("overflow", "impossible", "export",
             [](NiftiHeader& h) { h.dim[1] = h.dim[2] = h.dim[3] = 32767; }),
      header("large", "truncated", "copy",
             [](NiftiHeader& h) { h.dim[1] = h.dim[2] = h.dim[3] = 3000; }),
      header("four_d", "2 volumes", "extract", [](NiftiHeader& h) { h.dim[0] = 4, h.dim[4] = 2; }),
      header("rgb", "RGB", "convert", [](NiftiHeader& h) { h.datatype = 128, h.bitpix = 24; }),
      header("complex", "complex", "convert",
             [](NiftiHeader& h) { h.datatype = 32, h.bitpix = 64; }),
      header("type", "unknown type", "convert", [](NiftiHeader& h) { h.datatype = 77; }),
      header("bitpix", "bitpix 8", "export", [](NiftiHeader& h) { h.bitpix = 8; }),
      header("offset", "offset 348", "export", [](NiftiHeader& h) { h.vox_offset = 348; }),
      header("offset_far", "truncated", "copy", [](NiftiHeader& h) { h.vox_offset = 100000; }),
      header("offset_nan", "offset nan", "export", [](NiftiHeader& h) { h.vox_offset = kNan; }),
      header("pixdim_0", "spacing 0", "correct",
             [](NiftiHeader& h) { h.pixdim[2] = 0, h.sform_code = 0; }),
      header("pixdim_nan", "spacing nan", "correct",
             [](NiftiHeader& h) { h.pixdim[3] = kNan, h.sform_code = 0; }),
      header("sform_nan", "not finite", "correct", [](NiftiHeader& h) { h.srow_y[1] = kNan; }),
      header("sform_singular", "singular", "correct",
             [](NiftiHeader& h) { h.srow_x[0] = h.srow_y[0] = h.srow_z[0] = 0; }),
  };
}

/// Odd, but images: what a user may well have.
std::vector<NamedBytes> odd_images() {
  const auto header = [](const char* name, const std::function<void(NiftiHeader&)>& spoil) {
    return NamedBytes{std::string(name) + ".nii", nifti(spoil), {}};
  };
  return {
      {"packed.nii", datasets::gzip(nifti()), {}},
      {"plain.nii.gz", nifti(), {}},
      header("smaller_than_a_patch", [](NiftiHeader&) {}),
      header("pixdim_0_with_sform", [](NiftiHeader& h) { h.pixdim[2] = 0; }),
      header("pixdim_minus", [](NiftiHeader& h) { h.pixdim[1] = -h.pixdim[1]; }),
      header("slope_0", [](NiftiHeader& h) { h.scl_slope = 0; }),
      header("slope_nan", [](NiftiHeader& h) { h.scl_slope = kNan; }),
      header("slope_infinite", [](NiftiHeader& h) { h.scl_slope = kInfinity; }),
      header("constant", [](NiftiHeader& h) { h.scl_slope = 1e-12F, h.scl_inter = 40; }),
      header("nothing_but_air", [](NiftiHeader& h) { h.scl_slope = 1e-12F, h.scl_inter = -1000; }),
      header("one_slice", [](NiftiHeader& h) { h.dim[3] = 1; }),
      header("one_column", [](NiftiHeader& h) { h.dim[1] = 1; }),
      header("one_voxel", [](NiftiHeader& h) { h.dim[1] = h.dim[2] = h.dim[3] = 1; }),
      header("two_d", [](NiftiHeader& h) { h.dim[0] = 2, h.dim[3] = 0; }),
  };
}

class BadImage : public ::testing::Test {
 protected:
  void put(const fs::path& name, const std::string& bytes) const {
    write_text_atomically(folder_.path() / name, bytes);
  }
  Outcome run(const std::string& words) const { return run_program_in(folder_.path(), words); }
  Outcome predict(const std::string& input, const std::string& more = "--k 2") const {
    return run("predict --checkpoint '" + tiny_checkpoints().nmsw().string() + "' --input '" +
               input + "' --output out.nii.gz --threads 1 " + more);
  }
  /// Predicts and compares the grids.
  void expect_prediction(const std::string& input) const {
    SCOPED_TRACE(input);
    const Outcome outcome = predict(input);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Geometry grid = datasets::read_geometry(folder_.path() / input);
    const LabelVolume label = datasets::read_label(folder_ / "out.nii.gz");
    EXPECT_NO_THROW(datasets::require_same_grid(label.geometry, "output", grid, input));
    for (size_t axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(label.geometry.spacing_xyz_mm[axis], grid.spacing_xyz_mm[axis], 1e-6);
    fs::remove(folder_ / "out.nii.gz");
  }
  testing::TemporaryFolder folder_;
};

TEST_F(BadImage, IsRefusedByPredictWhichLeavesNothingBehind) {
  tiny_checkpoints();
  const std::vector<NamedBytes> all = bad_images();
  // Every third: each is a start of the program, and the next test reads them all.
  for (size_t i = 0; i < all.size(); i += 3) {
    const NamedBytes& bad = all[i];
    SCOPED_TRACE(bad.name);
    put(bad.name, bad.bytes);
    const auto before = files_below(folder_.path());
    expect_message(predict(bad.name), 3, bad.name, bad.words);
    EXPECT_EQ(files_below(folder_.path()), before);
  }
  expect_message(predict("absent.nii.gz"), 3, "absent.nii.gz", {"absent", "check the path"});
  put("photo.png", "x");
  expect_message(predict("photo.png"), 3, "photo.png", {"unknown kind", ".nii"});
}

TEST_F(BadImage, IsListedByCheckWithItsName) {
  const std::string label = nifti([](NiftiHeader& h) { h.scl_slope = 1e-12F, h.scl_inter = 1; });
  for (const NamedBytes& bad : bad_images()) {
    const std::string stem = bad.name.substr(0, bad.name.find('.'));
    const std::string ending = bad.name.substr(stem.size());
    // The endings tell the files of one stem apart.
    const std::string id = stem + std::to_string(std::hash<std::string>()(ending) % 1000);
    put("data/imagesTr/" + id + ending, bad.bytes);
    put("data/labelsTr/" + id + ".nii", label);
  }
  put("data/imagesTs/sound.nii", nifti());
  put("data/labelsTs/sound.nii", label);
  const Outcome outcome = run("check data --dataset word");
  for (const NamedBytes& bad : bad_images()) {
    const std::string stem = "imagesTr/" + bad.name.substr(0, bad.name.find('.'));
    const size_t at = outcome.out.find(stem);
    ASSERT_NE(at, std::string::npos) << stem << " is not in: " << outcome.out;
  }
  const auto count = static_cast<std::ptrdiff_t>(bad_images().size());
  int faults = 0;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) faults += line.rfind("note: ", 0) != 0;
  EXPECT_EQ(faults, count) << outcome.out;
  expect_message(outcome, 3, "data: ", {std::to_string(count) + " faults", "correct the files"});
}

TEST_F(BadImage, ThatIsOnlyOddIsSegmentedOnItsOwnGrid) {
  for (const NamedBytes& odd : odd_images()) {
    put(odd.name, odd.bytes);
    expect_prediction(odd.name);
  }
}

TEST_F(BadImage, OfTheSharedDataIsRefusedOrSegmented) {
  NMSW_SHARED_OR_SKIP(edge, "data/edge");
  expect_message(predict((edge / "complex.nii.gz").string()), 3, "complex.nii.gz", {"convert"});
  expect_message(predict((edge / "pcasl.nii.gz").string()), 3, "pcasl.nii.gz", {"extract"});
  for (const char* name : {"minimal.nii.gz", "shear.nii.gz", "ras.hdr", "ras.img"}) {
    expect_prediction((edge / name).string());
  }
}

TEST_F(BadImage, AsLabelIsRefusedByMetrics) {
  const auto label = [](float slope, float intercept) {
    return nifti([=](NiftiHeader& h) { h.scl_slope = slope, h.scl_inter = intercept; });
  };
  put("good.nii", label(1e-12F, 1));
  const std::vector<NamedBytes> bad{
      {"fraction.nii", label(1e-12F, 1.5F), {"1.5", "whole numbers", "remapped"}},
      {"negative.nii", label(1e-12F, -2), {"-2", "remapped"}},
      {"large.nii", label(1e-12F, 300), {"300", "remapped"}},
      {"other_id.nii", label(1e-12F, 200), {"200", "--classes", "0..16", "give the data set"}},
      {"other_grid.nii",
       nifti([](NiftiHeader& h) { h.dim[3] = 7, h.scl_slope = 1e-12F, h.scl_inter = 1; }),
       {"good.nii", "resample"}},
      {"moved.nii",
       nifti([](NiftiHeader& h) { h.srow_x[3] += 5, h.scl_slope = 1e-12F, h.scl_inter = 1; }),
       {"good.nii", "5 mm", "resample"}},
      {"four_d.nii", nifti([](NiftiHeader& h) { h.dim[0] = 4, h.dim[4] = 2; }), {"extract"}},
      {"cut.nii", nifti().substr(0, 900), {"truncated", "copy"}},
      {"nan.nii", float_nifti(kNan), {"not finite", "replace"}},
  };
  for (const NamedBytes& one : bad) {
    SCOPED_TRACE(one.name);
    put(one.name, one.bytes);
    const Outcome outcome =
        run("metrics --prediction good.nii --label " + one.name + " --classes word");
    expect_message(outcome, 3, one.name, one.words);
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  expect_message(run("metrics --prediction none.nii --label good.nii"), 3, "none.nii", {"check"});
  datasets::write_label(folder_ / "background.nii",
                        {testing::oblique_geometry(kExtent), std::vector<uint8_t>(960, 0)});
  const Outcome empty =
      run("metrics --prediction background.nii --label background.nii --format json");
  EXPECT_EQ(empty.code, 0) << empty.err;
  EXPECT_THAT(empty.out, HasSubstr("\"dsc\": null"));
}

TEST_F(BadImage, OfAnotherAxisOrderIsScoredOnTheSameGrid) {
  NMSW_SHARED_OR_SKIP(real, "data/reports/19_metrics_other_axis_order");
  const Outcome outcome =
      run("metrics --format json --prediction '" + (real / "stored_lps.nii.gz").string() +
          "' --label '" + (real / "truth.nii.gz").string() + "'");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto scores = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(scores.at("classes").size(), 3U);
  for (const auto& one : scores.at("classes")) EXPECT_EQ(one.at("dsc"), 1.0) << one;
}

}  // namespace
}  // namespace nmsw::runners
