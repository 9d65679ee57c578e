#include "nmsw/ops/selective_scan.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A token's numbers for each channel [N,E], or for each state variable [N,S], beside the other
/// axis of h [N,E,S].
Tensor each_channel(const Tensor& values, int64_t l) { return values.select(1, l).unsqueeze(2); }
Tensor each_state(const Tensor& values, int64_t l) { return values.select(1, l).unsqueeze(1); }

/// What is left of h [N,E,S] when token l comes.
Tensor decay_at(const Tensor& step, const Tensor& rate, int64_t l) {
  return (each_channel(step, l) * rate).exp_();
}

/// Calls keep(l, h_l) for each token.
template <class Keep>
void scan_states(const Tensor& input, const Tensor& step, const Tensor& rate, const Tensor& entry,
                 Keep keep) {
  const Tensor entering = step * input;
  Tensor h = torch::zeros({input.size(0), input.size(2), rate.size(1)}, input.options());
  for (int64_t l = 0; l < input.size(1); ++l) {
    h = (decay_at(step, rate, l) * h).addcmul_(each_channel(entering, l), each_state(entry, l));
    keep(l, h);
  }
}

class SelectiveScan : public torch::autograd::Function<SelectiveScan> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& step,
                        const Tensor& rate, const Tensor& entry, const Tensor& exit) {
    ctx->save_for_backward({input, step, rate, entry, exit});
    const Tensor output = torch::empty_like(input);
    scan_states(input, step, rate, entry, [&](int64_t l, const Tensor& h) {
      output.select(1, l).copy_((h * each_state(exit, l)).sum(2));
    });
    return output;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &input = saved[0], &step = saved[1], &rate = saved[2], &entry = saved[3],
                 &exit = saved[4];
    const Tensor given = gradients[0].contiguous();
    // Computed again: keeping them from the forward pass would double a training's memory for it.
    std::vector<Tensor> states;
    scan_states(input, step, rate, entry, [&](int64_t, const Tensor& h) { states.push_back(h); });
    const Tensor to_entering = torch::empty_like(input), to_step = torch::empty_like(step),
                 to_rate = torch::zeros_like(rate), to_entry = torch::empty_like(entry),
                 to_exit = torch::empty_like(exit);
    const Tensor entering = step * input;
    Tensor to_h = torch::zeros_like(states.front());
    for (int64_t l = input.size(1) - 1; l >= 0; --l) {
      const auto place = static_cast<size_t>(l);
      to_exit.select(1, l).copy_((each_channel(given, l) * states[place]).sum(1));
      to_h.addcmul_(each_channel(given, l), each_state(exit, l));
      to_entering.select(1, l).copy_((to_h * each_state(entry, l)).sum(2));
      to_entry.select(1, l).copy_((to_h * each_channel(entering, l)).sum(1));
      to_h.mul_(decay_at(step, rate, l));
      states.pop_back();
      if (l == 0) {
        to_step.select(1, l).zero_();
        break;
      }
      const Tensor to_exponent = to_h * states.back();
      to_step.select(1, l).copy_((to_exponent * rate).sum(2));
      to_rate.add_((to_exponent * each_channel(step, l)).sum(0));
    }
    to_step.addcmul_(to_entering, input);
    return {to_entering * step, to_step, to_rate, to_entry, to_exit};
  }
};

}  // namespace

Tensor selective_scan(const Tensor& input, const Tensor& step, const Tensor& rate,
                      const Tensor& entry, const Tensor& exit) {
  check_shape(input, {kAnySize, kAnySize, kAnySize}, "input of a scan");
  const int64_t batch = input.size(0), tokens = input.size(1), channels = input.size(2);
  check_shape(rate, {channels, kAnySize}, "rate of a scan");
  check_shape(step, {batch, tokens, channels}, "step of a scan");
  check_shape(entry, {batch, tokens, rate.size(1)}, "entry of a scan");
  check_shape(exit, {batch, tokens, rate.size(1)}, "exit of a scan");
  return SelectiveScan::apply(input, step, rate, entry, exit);
}

}  // namespace nmsw
