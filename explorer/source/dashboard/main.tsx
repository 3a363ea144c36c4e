import "uplot/dist/uPlot.min.css";
import "../fonts.css";
import "./dashboard.css";
import { createRoot } from "react-dom/client";
import { Dashboard } from "./dashboard";

const place = document.getElementById("dashboard");
if (place !== null) createRoot(place).render(<Dashboard />);
