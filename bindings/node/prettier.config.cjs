module.exports = { printWidth: 110 };
