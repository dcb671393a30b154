/* embed_python.c - CPython on the calling thread.
 *
 * The build chose the interpreter. With its path as `executable`, Python finds that installation, or the packages of
 * that virtual environment. The host keeps its own signal handlers. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "embed.h"

/* The namespace has the script's path as `script`; runpy sets __file__, __name__ and sys.path as for a program. */
static const char driver[] = "import runpy, sys\n"
                             "sys.path.insert(0, lina_folder)\n"
                             "sys.argv[:] = [script]\n"
                             "runpy.run_path(script, run_name='__main__')\n";

static PyStatus start(void) {
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, LINA_PYTHON);
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(&config, &config.executable, LINA_PYTHON);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* What Python itself does with an uncaught exception. */
static int show_exception(void) {
    if (!PyErr_ExceptionMatches(PyExc_SystemExit)) {
        PyErr_Print();
        return 1;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *code = value == NULL ? NULL : PyObject_GetAttrString(value, "code");
    int status = code == NULL || code == Py_None ? 0
                 : PyLong_Check(code)            ? (int)PyLong_AsLong(code)
                                                 : 1;
    Py_XDECREF(code);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return status;
}

int embed_python(const char *script) {
    PyStatus status = start();
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "Python does not start: %s\n", status.err_msg);
        return 1;
    }
    PyObject *names = Py_BuildValue("{s:s,s:s,s:O}", "script", script, "lina_folder",
                                    LINA_BUILD_DIR, "__builtins__", PyEval_GetBuiltins());
    PyObject *result = names == NULL ? NULL : PyRun_String(driver, Py_file_input, names, names);
    int code = result == NULL ? show_exception() : 0;
    Py_XDECREF(result);
    Py_XDECREF(names);
    return Py_FinalizeEx() == 0 ? code : 1;
}
