#include "reporting/claims/catalog.h"

#include "reporting/claims/judges.h"

namespace nmsw::reporting {

const std::vector<Claim>& claim_catalog() {
  static const std::vector<Claim> claims{
      {"accuracy", "NMSW with 30 patches is about as accurate as the sliding window",
       "DSC − SW ≥ −0.016, the paper's largest loss (MedNeXt, Organ: 0.898 → 0.882)",
       Bound::at_least, -0.016, "", 3, judge_accuracy},
      {"macs", "It saves 91 % of the sliding window's MACs (abstract: 88.0 → 8.00 T)",
       "saved ≥ 90.7 %, the paper's smallest share (UNet: 63.2 → 5.85 T)", Bound::at_least, 90.7,
       " %", 1, judge_macs},
      {"gpu", "It is 9.1 times faster on a GPU (abstract: H100, 99.0 → 8.3 s)",
       "SW / NMSW ≥ 9.1 for MedNeXt, whose seconds the abstract gives (Table 2: 11.5 to 11.9)",
       Bound::at_least, 9.1, "×", 1, judge_gpu_speed},
      {"cpu", "It is 11.1 times faster on a CPU (abstract: Xeon Gold, 2110 → 189 s)",
       "SW / NMSW ≥ 11.1 for MedNeXt, whose seconds the abstract gives (Table 2's weakest: UNet, "
       "135 → 23.7 s, 5.7×)",
       Bound::at_least, 11.1, "×", 1, judge_cpu_speed},
      {"random-foreground",
       "At equal k it beats patches drawn at random from the foreground, for every organ (Fig. 7)",
       "DSC − RF > 0 in every organ at k = 5, the number of Fig. 7, which has no numbers (Table "
       "2's smallest mean at k = 5: +0.034, MedNeXt, WORD)",
       Bound::at_least, 0, "", 3, judge_random_foreground, true},
      {"saturation", "Accuracy saturates near 30 patches",
       "DSC at k=50 − DSC at k=30 ≤ +0.007, the paper's largest gain (Swin-UNETR, Vertebrae: 0.832 "
       "→ 0.839)",
       Bound::at_most, 0.007, "", 3, judge_saturation},
      {"class-weights", "Learned class weights generally help",
       "DSC with c_w − without ≥ −0.001 at k=30, the paper's smallest (MedNeXt, WORD: 0.845 → "
       "0.844); its largest: +0.017",
       Bound::at_least, -0.001, "", 3, judge_class_weights},
      {"full", "With all patches NMSW is at or above the sliding window",
       "DSC − SW ≥ −0.003, the paper's smallest (MedNeXt, Organ: 0.898 → 0.895)", Bound::at_least,
       -0.003, "", 3, judge_full_coverage},
      {"trust",
       "Stronger backbones trust their patches more: MedNeXt has the highest class weights "
       "(Fig. 5)",
       "mean σ(c_w) of MedNeXt − that of every other backbone > 0 (Fig. 5 has no numbers)",
       Bound::at_least, 0, "", 3, judge_trust, true}};
  return claims;
}

}  // namespace nmsw::reporting
