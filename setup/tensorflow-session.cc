// How sessions rewrite graphs before they run them. The binding makes its sessions without options, so the set-up lets its
// calls of TF_NewSessionOptions end here (the linker's option --wrap). TensorFlow would try some twenty passes on every new
// graph, most of the time until a network's first step, and find next to nothing in ours.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tensorflow/c/c_api.h"

namespace {

// A field of a protocol buffer that has a length; the bodies here are shorter than 128 bytes.
std::string Field(const std::string& tag, const std::string& body) {
  return tag + static_cast<char>(body.size()) + body;
}

std::string Config() {
  const std::string once = "\x60\x01";           // RewriterConfig.meta_optimizer_iterations: ONE
  const std::string optimizers = "\xa2\x06";     // RewriterConfig.optimizers
  const std::string rewrite_options = "\x52";    // GraphOptions.rewrite_options
  const std::string graph_options = "\x52";      // ConfigProto.graph_options
  std::string rewriter = once;
  // What is not fetched goes first, sums of sums become one operation, and convolutions take in what follows them, from which
  // evaluations gain.
  for (const char* pass : {"pruning", "arithmetic", "remap"}) rewriter += Field(optimizers, pass);
  return Field(graph_options, Field(rewrite_options, rewriter));
}

}  // namespace

extern "C" TF_SessionOptions* __real_TF_NewSessionOptions();

extern "C" TF_SessionOptions* __wrap_TF_NewSessionOptions() {
  TF_SessionOptions* options = __real_TF_NewSessionOptions();
  const std::string config = Config();
  TF_Status* status = TF_NewStatus();
  TF_SetConfig(options, config.data(), config.size(), status);
  if (TF_GetCode(status) != TF_OK) {
    std::fprintf(stderr, "TensorFlow refuses the configuration of sessions: %s\n", TF_Message(status));
    std::abort();
  }
  TF_DeleteStatus(status);
  return options;
}
