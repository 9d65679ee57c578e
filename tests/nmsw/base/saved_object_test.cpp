#include "nmsw/base/saved_object.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/saved_archive.h"

namespace nmsw {
namespace {

using nlohmann::json;
using testing::expect_error;
using testing::PickleWriter;
using testing::saved_archive;

SavedObject read(const PickleWriter& pickle, const std::vector<std::string>& storages = {}) {
  // The view's tensors point into the bytes.
  static std::deque<std::string> kept;
  kept.push_back(saved_archive(pickle.done(), storages));
  return view_saved_object(kept.back(), "input");
}

TEST(SavedObject, HasThePlainValues) {
  const json values = {{"text", "Größe"},
                       {"list", {1, -2, 3.5, nullptr, true, false}},
                       {"deep", {{"a", {{"b", json::array({json::array({"c"})})}}}}},
                       {"large", int64_t{1} << 40},
                       {"negative", -(int64_t{1} << 40)},
                       {"empty", json::object()}};
  EXPECT_EQ(read(PickleWriter().json(values)).values, values);
}

/// What Python's pickle.dumps(…, protocol) printed, byte by byte.
TEST(SavedObject, FollowsPythonsOwnPickles) {
  // {'a': (1, 2), 'b': 'a', 'c': [300, 70000], 7: 2.5, 'd': 2**70} in protocol 4.
  const std::string four(
      "\x80\x04\x95\x3f\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"
      "a\x94K\x01K\x02\x86\x94\x8c\x01"
      "b\x94h\x01\x8c\x01"
      "c\x94]\x94(M,\x01Jp\x11\x01\x00"
      "eK\x07G@\x04\x00\x00\x00\x00\x00\x00"
      "\x8c\x01"
      "d\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@u.",
      74);
  const std::string archive = saved_archive(four, {});
  EXPECT_EQ(
      view_saved_object(archive, "input").values,
      json::parse(R"({"a":[1,2],"b":"a","c":[300,70000],"7":2.5,"d":1180591620717411303424.0})"));
}

TEST(SavedObject, LeavesOutWhatOnlyACallCouldMake) {
  PickleWriter pickle;
  pickle.raw("}(").text("device").global("torch", "device").raw("(").text("cuda").raw("tR");
  pickle.text("run").global("os", "system").raw("(").text("touch run").raw("tR");
  pickle.text("ordered").global("collections", "OrderedDict").raw(")R(").text("k").integer(3);
  pickle.raw("u}b").text("n").integer(4).raw("u");
  EXPECT_EQ(read(pickle).values,
            json::parse(R"({"device":null,"run":null,"ordered":{"k":3},"n":4})"));
}

TEST(SavedObject, FindsTensorsWithTheirPlaces) {
  PickleWriter pickle;
  pickle.raw("}(").text("w").raw("}(").text("a.b").tensor("FloatStorage", "0", {2, 3}, {1, 2});
  pickle.text("c").tensor("HalfStorage", "1", {}, {}, 1).raw("u").text("l").raw("](");
  pickle.tensor("LongStorage", "2", {0, 5}, {5, 1}).raw("eu");
  const SavedObject object = read(pickle, {std::string(24, 'f'), "xxyy", ""});
  ASSERT_EQ(object.tensors.size(), 3U);
  const SavedTensor& first = object.tensors.at("w/a.b");
  EXPECT_EQ(first.type, StoredElement::f32);
  EXPECT_EQ(first.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(first.strides, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(first.storage, std::string(24, 'f'));
  EXPECT_EQ(object.tensors.at("w/c").offset, 1);
  EXPECT_EQ(object.tensors.at("w/c").type, StoredElement::f16);
  EXPECT_EQ(object.tensors.at("l/0").shape, (std::vector<int64_t>{0, 5}));
}

TEST(SavedObject, RefusesTensorsThatLeaveTheirStorage) {
  const auto refused = [](const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                          int64_t offset, const std::string& storage = "FloatStorage",
                          const std::string& key = "0") {
    expect_error<DataError>(
        [&] {
          PickleWriter pickle;
          pickle.raw("}").text("w").tensor(storage, key, shape, strides, offset).raw("s");
          read(pickle, {std::string(24, 'f')});
        },
        {"input: 'w'", "damaged"});
  };
  refused({7}, {1}, 0);
  refused({6}, {1}, 1);
  refused({2, 3}, {3, 2}, 0);
  refused({3}, {-1}, 3);
  refused({-3}, {1}, 0);
  refused({1000}, {0}, 0);
  refused({3, 2}, {1}, 0);
  refused({int64_t{1} << 40, int64_t{1} << 40}, {1, 1}, 0);
  refused({2}, {int64_t{1} << 62}, 0);
  refused({6}, {1}, 0, "ComplexFloatStorage");
  refused({6}, {1}, 0, "FloatStorage", "1");
}

TEST(SavedObject, RefusesWhatIsDamagedAtAnyPlace) {
  PickleWriter pickle;
  pickle.raw("}(").text("w").tensor("FloatStorage", "0", {2, 3}, {3, 1}).text("n").integer(4);
  const std::string whole = pickle.raw("u").done();
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string archive = saved_archive(whole.substr(0, length), {std::string(24, 'f')});
    EXPECT_THROW(view_saved_object(archive, "input"), DataError) << length;
  }
  const std::string archive = saved_archive(whole, {std::string(24, 'f')});
  EXPECT_NO_THROW(view_saved_object(archive, "input"));
  for (size_t length = 0; length < archive.size(); length += 7) {
    EXPECT_THROW(view_saved_object(archive.substr(0, length), "input"), DataError) << length;
  }
}

TEST(SavedObject, RefusesWhatGrowsOrNeverEnds) {
  // A list within itself, and lists that hold the one before twice.
  expect_error<DataError>(
      [] {
        read(
            PickleWriter().raw("]q\x01h\x01"
                               "a"));
      },
      {"deeper"});
  PickleWriter doubled;
  doubled.raw("]").text("x").raw("a");
  for (int i = 0; i < 50; ++i)
    doubled.raw(
        "q\x01"
        "0](h\x01h\x01"
        "e");
  expect_error<DataError>([&] { read(doubled); }, {"more values"});
  PickleWriter texts;
  texts.raw("]")
      .text(std::string(1 << 20, 'x'))
      .raw(
          "q\x01"
          "0(");
  for (int i = 0; i < 1000; ++i) texts.raw("h\x01");
  expect_error<DataError>([&] { read(texts.raw("e")); }, {"more values"});
}

TEST(SavedObject, RefusesOtherInstructionsAndOtherFiles) {
  expect_error<DataError>([] { read(PickleWriter().raw("Pid\n")); }, {"input", "0x50"});
  expect_error<DataError>([] { view_saved_object("no archive", "input"); }, {"torch.save"});
  std::vector<size_t> begins;
  const std::string other =
      testing::zip_archive({{"a/b.txt", "text"}}, testing::ZipSizes::in_32_bits, begins);
  expect_error<DataError>([&] { view_saved_object(other, "input"); }, {"torch.save"});
}

}  // namespace
}  // namespace nmsw
