#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nmsw/backbones/unet.h"
#include "nmsw/training/trainer.h"

namespace nmsw::testing {

class CaseList final : public TrainingCases {
 public:
  explicit CaseList(int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      torch::manual_seed(i);
      Tensor label = torch::zeros({1, 1, 16, 16, 16}, torch::kUInt8);
      label.slice(2, 2, 8).slice(3, 3, 9 + i).fill_(1);
      const Tensor image = label.to(torch::kFloat) + 0.3 * torch::randn({1, 1, 16, 16, 16});
      cases_.push_back(
          std::make_shared<TrainingCase>(make_training_case(std::to_string(i), image, label)));
    }
  }
  int64_t count() const override { return static_cast<int64_t>(cases_.size()); }
  std::shared_ptr<const TrainingCase> get(int64_t index) override {
    return cases_.at(static_cast<size_t>(index));
  }

 private:
  std::vector<std::shared_ptr<const TrainingCase>> cases_;
};

inline BackbonePtr small_unet() {
  torch::manual_seed(7);
  return std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, 2);
}

inline SchemeSettings local_settings() {
  SchemeSettings settings;
  settings.training.epochs = 4;
  settings.training.iterations_per_epoch = 3;
  settings.training.local_patches = 2;
  settings.training.learning_rate = 1e-2;
  settings.training.validation_every = 1;
  settings.training.checkpoint_every_s = 0;
  settings.training.augmentation = Augmentation::none;
  settings.geometry.patch_dhw = {8, 8, 8};
  return settings;
}

}  // namespace nmsw::testing
