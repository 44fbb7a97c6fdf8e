// The inner product of FAISS for this machine's widest vectors. Distributions build libfaiss for the oldest of their processors; a graph search spends
// nearly all its time in this one function. Linked before libfaiss.a, whose own version then stays out. Same signature as <faiss/utils/distances.h>.
#include <cstddef>

namespace faiss
{
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3", "fast-math")))
#endif
float fvec_inner_product(const float *x, const float *y, size_t d)
{
  float sum = 0;
  for (size_t i = 0; i < d; i++)
    sum += x[i] * y[i];
  return sum;
}
} // namespace faiss
