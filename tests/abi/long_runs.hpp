/* SPDX-License-Identifier: MIT */
/*
 * Threads that go on until they are told must be told also when their case fails.
 */
#ifndef NETCHAN_TESTS_ABI_LONG_RUNS_HPP
#define NETCHAN_TESTS_ABI_LONG_RUNS_HPP

namespace abi
{

class Flag
{
  public:
    bool up() const
    {
        return __atomic_load_n(&raised, __ATOMIC_ACQUIRE) != 0;
    }
    void raise()
    {
        __atomic_store_n(&raised, 1, __ATOMIC_RELEASE);
    }

  private:
    int raised = 0;
};

/* Raises the flag at the end of its scope: declared behind the thread, it goes before it. */
class Raises
{
  public:
    explicit Raises(Flag &which) : flag(which)
    {
    }
    ~Raises()
    {
        flag.raise();
    }

  private:
    Flag &flag;
};

} // namespace abi

#endif
