#include <stdbool.h>

/* While it is set, what this thread writes to a connection goes with what is written next. */
extern _Thread_local bool cmilter_holds_output;
