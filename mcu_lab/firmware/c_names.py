"""Names that generated C must not have: they mean something to a compiler, a library or a build tool."""

from __future__ import annotations

_WORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await co_return co_yield compl
concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else
enum explicit export extern false float for friend goto if inline int long main mutable namespace new noexcept not
not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short
signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq arm far huge i386
interrupt linux mips near unix vax
"""
_HEADERS = """
aio alloca ar argp argz arm_acle arm_bf16 arm_cde arm_fp16 arm_mve arm_neon assert byteswap complex conio cpio crypt
ctype devctl direct dirent dlfcn elf endian envlock envz err errno error execinfo fastmath fcntl features fenv float
fmtmsg fnmatch fstab fts ftw gconv getopt glob grp gshadow iconv ieeefp ifaddrs inttypes io iso646 langinfo lastlog
libgen libintl limits link locale malloc math mcheck memory mntent monetary mqueue ndbm netdb newlib nl_types nss
obstack paths picolibc poll printf proc_service process pthread pty pwd re_comp reent regdef regex regexp resolv
sched search semaphore setjmp sgtty shadow signal spawn stab stdalign stdarg stdatomic stdbit stdbool stdckdint
stddef stdfix stdint stdio stdio_ext stdlib stdnoreturn string strings syscall sysexits syslog tar termio termios
tgmath thread_db threads time ttyent uchar ucontext ulimit unistd unwind utime utmp utmpx values varargs wait wchar
wctype windows winsock2 wordexp xlocale
"""
_TARGETS = """
all clean help install package test
"""
#: Words of C and C++, and what compilers define in lower case; headers of C libraries and compilers, which a file of
#: ours would hide from those who search its folder; CMake's own targets.
RESERVED = frozenset((_WORDS + _HEADERS + _TARGETS).split())
